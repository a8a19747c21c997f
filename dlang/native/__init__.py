"""The native engine: IR to machine code through LLVM, called with the arguments and results of the interpreter."""
