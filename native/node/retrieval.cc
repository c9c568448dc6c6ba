#include "node/layers.h"

namespace cohear::node {

void RegisterRetrieval(Napi::Env, Napi::Object) {}

}  // namespace cohear::node
