# For node-gyp and prebuildify: the build itself is CMakeLists.txt, driven by cmake-js. Not published.
{
  "targets": [
    {
      "target_name": "cohear",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake-js",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["<(PRODUCT_DIR)/cohear.node"],
          "action": ["node", "scripts/build-native.mjs", "<(PRODUCT_DIR)"]
        }
      ]
    }
  ]
}
