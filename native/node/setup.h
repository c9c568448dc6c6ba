// The only file that includes napi.h, so that none of these can be forgotten.
#pragma once
#define NAPI_VERSION 9
// A C++ exception of any class that leaves a callback becomes a JavaScript error instead of abort().
#define NODE_ADDON_API_CPP_EXCEPTIONS_ALL
// Throwing while a worker thread is being terminated must not abort the process.
#define NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS
#define NODE_ADDON_API_DISABLE_DEPRECATED
#define NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS
#define NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED
#include <napi.h>
