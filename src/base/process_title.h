#pragma once

#include <string_view>

namespace ingress {

/// Makes room for SetProcessTitle(). Takes the arguments of main(), which must not be read after a
/// title is set; once, before there are threads.
void PrepareProcessTitle(int argc, char** argv);

/// What ps and top show of this process: "ingress: handler RT_x" as its command line, and
/// "ingress-handler", cut to the 15 bytes that the kernel keeps, as its name.
void SetProcessTitle(std::string_view role, std::string_view subject);

}  // namespace ingress
