#include <leasehold/ids.hpp>

#include <boost/uuid/uuid_io.hpp>

#include <cctype>

namespace leasehold {

std::string to_text(const boost::uuids::uuid& value) { return boost::uuids::to_string(value); }

std::optional<boost::uuids::uuid> uuid_from(std::string_view text) {
    if (text.size() >= 2 && text.front() == '{' && text.back() == '}') {
        text = text.substr(1, text.size() - 2);
    }
    boost::uuids::uuid value{};
    std::size_t digits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        // A hyphen may stand between groups of four digits, as in PostgreSQL.
        if (c == '-' && digits > 0 && digits % 4 == 0 && text[i - 1] != '-' && digits < 32) {
            continue;
        }
        if (std::isxdigit(c) == 0 || digits == 32) {
            return std::nullopt;
        }
        const int nibble = std::isdigit(c) != 0 ? c - '0' : std::tolower(c) - 'a' + 10;
        auto& byte = value.data[digits / 2];
        byte = static_cast<std::uint8_t>(digits % 2 == 0 ? nibble << 4 : byte | nibble);
        ++digits;
    }
    if (digits != 32) {
        return std::nullopt;
    }
    return value;
}

}  // namespace leasehold
