// The precompiled header's home: CMake needs one source to compile it with.
