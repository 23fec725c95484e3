# Finds GDCM by its files alone: Debian's own GDCMConfig.cmake asks for every package that
# GDCM's tools need. Defines GDCM::Codecs (dictionary, JPEG).
find_path(GDCM_INCLUDE_DIR gdcmDict.h PATH_SUFFIXES gdcm-3.2 gdcm-3.0)
set(_gdcm_libraries "")
foreach(_part DICT DSED Common jpeg8 jpeg12 jpeg16)
  find_library(GDCM_${_part}_LIBRARY gdcm${_part})
  list(APPEND _gdcm_libraries GDCM_${_part}_LIBRARY)
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(GdcmCodecs
  REQUIRED_VARS ${_gdcm_libraries} GDCM_INCLUDE_DIR
  REASON_FAILURE_MESSAGE "install libgdcm-dev, or build with -DMEDGRAFT_DICOM=OFF")

if(GdcmCodecs_FOUND AND NOT TARGET GDCM::Codecs)
  add_library(GDCM::Codecs INTERFACE IMPORTED)
  target_include_directories(GDCM::Codecs SYSTEM INTERFACE ${GDCM_INCLUDE_DIR})
  foreach(_library IN LISTS _gdcm_libraries)
    target_link_libraries(GDCM::Codecs INTERFACE ${${_library}})
  endforeach()
endif()
mark_as_advanced(GDCM_INCLUDE_DIR ${_gdcm_libraries})
