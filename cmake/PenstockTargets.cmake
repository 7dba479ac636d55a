# How Penstock's targets are made: one object library a folder, one library of them all.
include_guard()
include(CMakePackageConfigHelpers)

# What every target of ours is compiled with.
add_library(penstock_build_flags INTERFACE)
target_compile_options(penstock_build_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast -Wcast-qual -Wundef
  -Woverloaded-virtual -Wnull-dereference $<$<BOOL:${PENSTOCK_WERROR}>:-Werror>
  # Fields left out of an initialiser take their defaults: that is what they are for.
  -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # g++ 12 sees overflows and null pointers inside its own library that are not there (GCC bugs 105329, 105651). The sanitizers
  # watch for those that are.
  target_compile_options(penstock_build_flags INTERFACE
    -Wno-array-bounds -Wno-null-dereference -Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # libstdc++ 12's stable_sort uses a function that libstdc++ 12 deprecates.
  target_compile_options(penstock_build_flags INTERFACE -Wno-deprecated-declarations)
endif()
target_include_directories(penstock_build_flags INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
if(PENSTOCK_SANITIZE)
  target_compile_options(penstock_build_flags INTERFACE
    -fsanitize=${PENSTOCK_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
    -Wno-null-dereference $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>
    # Asio has fences between its locks, which ThreadSanitizer does not know.
    $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
  target_link_options(penstock_build_flags INTERFACE -fsanitize=${PENSTOCK_SANITIZE})
  # For tests that measure memory or time.
  target_compile_definitions(penstock_build_flags INTERFACE PENSTOCK_SANITIZED)
  if(PENSTOCK_SANITIZE MATCHES address)
    target_compile_definitions(penstock_build_flags INTERFACE PENSTOCK_SANITIZED_ADDRESS)
  endif()
endif()

# penstock_component(NAME [LINK target...]): the object library penstock_NAME of this folder's sources,
# part of the library.
function(penstock_component name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(penstock_${name} OBJECT ${sources})
  target_link_libraries(penstock_${name} PRIVATE penstock_build_flags ${arg_LINK})
  if(name STREQUAL core)
    target_precompile_headers(penstock_core PRIVATE ${PROJECT_SOURCE_DIR}/src/core/precompiled.hpp)
  else()
    target_precompile_headers(penstock_${name} REUSE_FROM penstock_core)
  endif()
  set_property(GLOBAL APPEND PROPERTY PENSTOCK_COMPONENTS penstock_${name})
  set_property(GLOBAL APPEND PROPERTY PENSTOCK_LINKS ${arg_LINK})
endfunction()

# penstock_front(NAME [LINK target...]): the object library penstock_NAME of this folder's sources, part of what the
# command serves with and not of the library that programs link.
function(penstock_front name)
  cmake_parse_arguments(arg "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  add_library(penstock_${name} OBJECT ${sources})
  target_link_libraries(penstock_${name} PRIVATE penstock_build_flags PUBLIC ${arg_LINK})
  set_property(GLOBAL APPEND PROPERTY PENSTOCK_FRONTS penstock_${name})
endfunction()

# The library penstock_serving: all fronts together, and the library behind them.
function(penstock_serving_library)
  get_property(fronts GLOBAL PROPERTY PENSTOCK_FRONTS)
  add_library(penstock_serving STATIC)
  foreach(front IN LISTS fronts)
    target_sources(penstock_serving PRIVATE $<TARGET_OBJECTS:${front}>)
    get_target_property(links ${front} INTERFACE_LINK_LIBRARIES)
    get_target_property(definitions ${front} INTERFACE_COMPILE_DEFINITIONS)
    target_link_libraries(penstock_serving PUBLIC ${links})
    if(definitions)
      target_compile_definitions(penstock_serving PUBLIC ${definitions})
    endif()
  endforeach()
  target_link_libraries(penstock_serving PUBLIC penstock)
  set_target_properties(penstock_serving PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

# The library of all components, and its installation as the package Penstock.
function(penstock_library)
  get_property(components GLOBAL PROPERTY PENSTOCK_COMPONENTS)
  get_property(links GLOBAL PROPERTY PENSTOCK_LINKS)
  list(REMOVE_DUPLICATES links)
  add_library(penstock STATIC)
  add_library(Penstock::penstock ALIAS penstock)
  foreach(component IN LISTS components)
    target_sources(penstock PRIVATE $<TARGET_OBJECTS:${component}>)
  endforeach()
  target_compile_features(penstock PUBLIC cxx_std_23)
  target_include_directories(penstock PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(penstock PRIVATE ${links})
  set_target_properties(penstock PROPERTIES LINKER_LANGUAGE CXX)

  if(NOT PENSTOCK_INSTALL)
    return()
  endif()
  install(TARGETS penstock EXPORT PenstockTargets)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/penstock DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT PenstockTargets NAMESPACE Penstock:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Penstock)
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/PenstockConfig.cmake.in
    ${PROJECT_BINARY_DIR}/PenstockConfig.cmake INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Penstock)
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/PenstockConfigVersion.cmake
    COMPATIBILITY SameMinorVersion)
  install(FILES ${PROJECT_BINARY_DIR}/PenstockConfig.cmake ${PROJECT_BINARY_DIR}/PenstockConfigVersion.cmake
    ${PROJECT_SOURCE_DIR}/cmake/FindPgQuery.cmake
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/Penstock)
endfunction()
