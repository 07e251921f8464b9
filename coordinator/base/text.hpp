#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace leasehold {

/// The first line of `message`, further lines appended behind "; ": logs and errors are one line.
std::string one_line(std::string_view message);

/// `text` as any server can store it: cut after `bytes_max`, NUL and broken UTF-8 replaced by '?'.
std::string storable(std::string_view text, std::size_t bytes_max);

}  // namespace leasehold
