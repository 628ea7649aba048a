// SPDX-License-Identifier: MIT
// use_cpp: the program of use.c, as C++.
#include "use.c"
