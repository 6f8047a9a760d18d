# The target mindird_crypto: OpenSSL's libcrypto, linked statically and hidden. Node has an OpenSSL of its own and shows its functions to addons; calls
# of ours must not end there, nor in a third copy.
find_path(MINDIRD_OPENSSL_INCLUDE openssl/evp.h)
find_library(MINDIRD_LIBCRYPTO libcrypto.a)
if(NOT MINDIRD_OPENSSL_INCLUDE OR NOT MINDIRD_LIBCRYPTO)
  message(FATAL_ERROR "no static libcrypto of OpenSSL 3 with its headers; Debian calls the package libssl-dev")
endif()
add_library(mindird_crypto STATIC IMPORTED)
set_target_properties(mindird_crypto PROPERTIES IMPORTED_LOCATION ${MINDIRD_LIBCRYPTO})
target_include_directories(mindird_crypto SYSTEM INTERFACE ${MINDIRD_OPENSSL_INCLUDE})
target_link_options(mindird_crypto INTERFACE LINKER:--exclude-libs,libcrypto.a)
target_link_libraries(mindird_crypto INTERFACE ${CMAKE_DL_LIBS} Threads::Threads)
