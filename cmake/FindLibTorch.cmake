# Finds LibTorch by its files alone, so that a CPU build needs no CUDA toolkit (the
# wheel's own TorchConfig.cmake asks for one as soon as the wheel has CUDA).
#
# Looks at MEDGRAFT_TORCH_DIR, then CMAKE_PREFIX_PATH (a wheel's `torch` folder or an
# unpacked LibTorch), then the checkout's .venv. Defines LibTorch::LibTorch and
# LibTorch_VERSION.
set(MEDGRAFT_TORCH_DIR "" CACHE PATH "Folder with include/ATen and lib/libtorch_cpu.so")

file(GLOB _venv_torch ${CMAKE_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
find_path(LibTorch_INCLUDE_DIR ATen/ATen.h
  HINTS ${MEDGRAFT_TORCH_DIR} PATHS ${CMAKE_PREFIX_PATH} ${_venv_torch}
  PATH_SUFFIXES include)
get_filename_component(_torch_root "${LibTorch_INCLUDE_DIR}" DIRECTORY)
find_library(LibTorch_CPU torch_cpu HINTS ${_torch_root}/lib NO_DEFAULT_PATH)
find_library(LibTorch_C10 c10 HINTS ${_torch_root}/lib NO_DEFAULT_PATH)
find_library(LibTorch_TORCH torch HINTS ${_torch_root}/lib NO_DEFAULT_PATH)
find_library(LibTorch_CUDA torch_cuda HINTS ${_torch_root}/lib NO_DEFAULT_PATH)
find_library(LibTorch_C10_CUDA c10_cuda HINTS ${_torch_root}/lib NO_DEFAULT_PATH)

set(_version_header ${LibTorch_INCLUDE_DIR}/torch/headeronly/version.h)
if(EXISTS ${_version_header})
  file(READ ${_version_header} _text)
  foreach(part MAJOR MINOR PATCH)
    string(REGEX MATCH "TORCH_VERSION_${part} ([0-9]+)" _ "${_text}")
    list(APPEND _parts ${CMAKE_MATCH_1})
  endforeach()
  list(JOIN _parts "." LibTorch_VERSION)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(LibTorch
  REQUIRED_VARS LibTorch_CPU LibTorch_C10 LibTorch_TORCH LibTorch_INCLUDE_DIR
  VERSION_VAR LibTorch_VERSION
  REASON_FAILURE_MESSAGE
    "run tools/setup.sh, or point CMAKE_PREFIX_PATH at a LibTorch >= 2.11")
if(LibTorch_FOUND AND LibTorch_VERSION AND LibTorch_VERSION VERSION_LESS 2.11)
  message(FATAL_ERROR "LibTorch ${LibTorch_VERSION} found; 2.11 or later is needed")
endif()

if(LibTorch_FOUND AND NOT TARGET LibTorch::LibTorch)
  add_library(LibTorch::LibTorch INTERFACE IMPORTED)
  target_include_directories(LibTorch::LibTorch SYSTEM INTERFACE
    ${LibTorch_INCLUDE_DIR} ${LibTorch_INCLUDE_DIR}/torch/csrc/api/include)
  set(_libraries ${LibTorch_TORCH} ${LibTorch_CPU} ${LibTorch_C10})
  if(LibTorch_CUDA)
    # --no-as-needed: nothing refers to these by symbol; loading them registers CUDA.
    list(APPEND _libraries -Wl,--no-as-needed ${LibTorch_CUDA} ${LibTorch_C10_CUDA}
      -Wl,--as-needed)
  endif()
  target_link_libraries(LibTorch::LibTorch INTERFACE ${_libraries})
  # The wheel brings its own libgomp under the system's soname: its folder first in the
  # run path keeps one OpenMP pool in the process.
  target_link_options(LibTorch::LibTorch INTERFACE
    -Wl,-rpath,${_torch_root}/lib -Wl,--disable-new-dtags)
endif()
mark_as_advanced(LibTorch_INCLUDE_DIR LibTorch_CPU LibTorch_C10 LibTorch_TORCH
  LibTorch_CUDA LibTorch_C10_CUDA)
