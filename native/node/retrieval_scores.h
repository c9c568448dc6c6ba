#pragma once
#include "node/environment.h"

namespace cohear::node {

void RegisterRetrievalScores(Napi::Env env, Napi::Object exports);  // called by RegisterRetrieval

}  // namespace cohear::node
