#include "node/layers.h"

namespace cohear::node {

void RegisterTensor(Napi::Env, Napi::Object) {}

}  // namespace cohear::node
