/* A shared object that is no plugin at all: it has no descriptor. */
int mf_something_else;
