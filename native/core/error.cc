#include "core/error.h"

namespace cohear {

const char* CodeName(Code code) {
  switch (code) {
    case Code::kDtype: return "ERR_DTYPE";
    case Code::kShape: return "ERR_SHAPE";
    case Code::kRange: return "ERR_RANGE";
    case Code::kValue: return "ERR_VALUE";
    case Code::kClosed: return "ERR_CLOSED";
    case Code::kFormat: return "ERR_FORMAT";
    case Code::kMemory: return "ERR_MEMORY";
    case Code::kCancelled: return "ERR_CANCELLED";
    case Code::kIo: return "ERR_IO";
    case Code::kInternal: return "ERR_INTERNAL";
  }
  return "ERR_INTERNAL";
}

}  // namespace cohear
