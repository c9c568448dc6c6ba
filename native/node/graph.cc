#include "node/layers.h"

namespace cohear::node {

void RegisterGraph(Napi::Env, Napi::Object) {}

}  // namespace cohear::node
