#include "node/layers.h"

namespace cohear::node {

void RegisterSampler(Napi::Env, Napi::Object) {}

}  // namespace cohear::node
