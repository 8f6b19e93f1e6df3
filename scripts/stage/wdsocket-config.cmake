# find_package(wdsocket) makes two targets:
#   wdsocket::wdsocket         the shared library
#   wdsocket::wdsocket_static  the static one
get_filename_component(_wdsocket_prefix "${CMAKE_CURRENT_LIST_DIR}/@up@" REALPATH)

if(NOT TARGET wdsocket::wdsocket)
    add_library(wdsocket::wdsocket SHARED IMPORTED)
    set_target_properties(wdsocket::wdsocket PROPERTIES
        IMPORTED_LOCATION "${_wdsocket_prefix}/@libraries@/libwdsocket.so"
        IMPORTED_SONAME "libwdsocket.so.0"
        INTERFACE_INCLUDE_DIRECTORIES "${_wdsocket_prefix}/include")
endif()

if(NOT TARGET wdsocket::wdsocket_static AND EXISTS "${_wdsocket_prefix}/@libraries@/libwdsocket.a")
    add_library(wdsocket::wdsocket_static STATIC IMPORTED)
    set_target_properties(wdsocket::wdsocket_static PROPERTIES
        IMPORTED_LINK_INTERFACE_LANGUAGES "C"
        IMPORTED_LOCATION "${_wdsocket_prefix}/@libraries@/libwdsocket.a"
        INTERFACE_INCLUDE_DIRECTORIES "${_wdsocket_prefix}/include"
        INTERFACE_LINK_LIBRARIES "pthread;dl;m")
endif()

unset(_wdsocket_prefix)
