/* A plugin built for the next major version of the ABI. */
__attribute__((visibility("default"))) const int mf_plugin_v2 = 2;
