# One static library a layer, from the folder's own files: a new .cc, _test.cc or
# _bench.cc is picked up by its name.

add_library(medgraft_options INTERFACE)
target_include_directories(medgraft_options INTERFACE ${CMAKE_SOURCE_DIR}/src)
target_compile_options(medgraft_options INTERFACE
  -Wall -Wextra -Werror -fno-math-errno -ffp-contract=off)
if(MEDGRAFT_SANITIZE)
  target_compile_options(medgraft_options INTERFACE
    -fsanitize=${MEDGRAFT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # GCC's own advice: its instrumented <regex> warns of nothing real.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(medgraft_options INTERFACE -fsanitize=${MEDGRAFT_SANITIZE})
  if(MEDGRAFT_FUZZ)
    # Coverage of every line; only the fuzz targets themselves have libFuzzer's main.
    target_compile_options(medgraft_options INTERFACE -fsanitize=fuzzer-no-link)
  endif()
endif()

# medgraft_layer(NAME [TORCH] [LAYERS layer...] [LINK target...] [WITHOUT regex])
function(medgraft_layer name)
  cmake_parse_arguments(ARG "TORCH" "WITHOUT" "LAYERS;LINK" ${ARGN})
  set(target medgraft_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
    ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cc)
  if(ARG_WITHOUT)
    list(FILTER sources EXCLUDE REGEX "${ARG_WITHOUT}")
  endif()
  set(tests ${sources})
  set(benches ${sources})
  list(FILTER sources EXCLUDE REGEX "_(test|bench|fuzz)\\.cc$")
  list(FILTER tests INCLUDE REGEX "_test\\.cc$")
  list(FILTER benches INCLUDE REGEX "_bench\\.cc$")

  list(TRANSFORM ARG_LAYERS PREPEND medgraft_ OUTPUT_VARIABLE layers)
  set(links medgraft_options ${layers} ${ARG_LINK})
  if(ARG_TORCH)
    list(APPEND links LibTorch::LibTorch)
  endif()
  if(sources)
    add_library(${target} STATIC ${sources})
    target_link_libraries(${target} PUBLIC ${links})
    if(ARG_TORCH)
      target_precompile_headers(${target} REUSE_FROM medgraft_torch_pch)
    endif()
  else()
    add_library(${target} INTERFACE)
    target_link_libraries(${target} INTERFACE ${links})
  endif()

  if(MEDGRAFT_TESTS AND tests)
    medgraft_test(${name}_tests ${tests})
    target_link_libraries(${name}_tests PRIVATE ${target})
    if(ARG_TORCH)
      target_precompile_headers(${name}_tests REUSE_FROM medgraft_torch_pch)
    endif()
  endif()
  if(MEDGRAFT_BENCH AND benches)
    find_package(benchmark REQUIRED)
    add_executable(${name}_bench ${benches})
    target_link_libraries(${name}_bench PRIVATE ${target} benchmark::benchmark_main)
  endif()
endfunction()

# medgraft_test(TARGET source...): a GoogleTest executable whose tests ctest lists.
# Tests named Slow* carry the label `slow`, the rest `unit`.
function(medgraft_test target)
  add_executable(${target} ${ARGN})
  target_link_libraries(${target} PRIVATE GTest::gtest_main)
  target_compile_definitions(${target} PRIVATE
    MEDGRAFT_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data")
  include(GoogleTest)
  gtest_discover_tests(${target} DISCOVERY_TIMEOUT 60
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} PROPERTIES TIMEOUT 300)
endfunction()
