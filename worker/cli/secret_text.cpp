#include "worker/cli/secret_text.hpp"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstring>
#include <vector>

namespace leasehold {

namespace {

struct span {
    std::size_t begin;
    std::size_t end;
};

constexpr std::string_view blanks = " \t\r\n";

std::size_t found_or_end(std::size_t at, std::string_view text) {
    return std::min(at, text.size());
}

/// The password in scheme://user:password@host, `at` being behind the "://".
span in_uri(std::string_view text, std::size_t at) {
    const auto end = found_or_end(text.find_first_of(blanks, at), text);
    const auto uri = text.substr(at, end - at);
    const auto colon = uri.find(':');
    // The last one: people forget to escape those in their password.
    const auto host = uri.rfind('@');
    if (colon != std::string_view::npos && host != std::string_view::npos && colon < host) {
        return {at + colon + 1, at + host};
    }
    // A message may have cut the text in the middle of the password.
    const auto cut = uri.find("…");
    if (colon != std::string_view::npos && cut != std::string_view::npos && colon < cut) {
        return {at + colon + 1, at + cut};
    }
    return {at, at};
}

/// The value in password = value, `at` being behind the word: quoted, or up to a blank or an '&'.
span in_assignment(std::string_view text, std::size_t at) {
    auto begin = found_or_end(text.find_first_not_of(blanks, at), text);
    if (begin == text.size() || text[begin] != '=') {
        return {at, at};
    }
    begin = found_or_end(text.find_first_not_of(blanks, begin + 1), text);
    if (begin == text.size() || text[begin] != '\'') {
        return {begin, found_or_end(text.find_first_of(" \t\r\n&", begin), text)};
    }
    auto end = ++begin;
    while (end < text.size() && text[end] != '\'') {
        end += text[end] == '\\' ? 2 : 1;
    }
    return {begin, found_or_end(end, text)};
}

std::vector<span> secrets_in(std::string_view text) {
    constexpr std::string_view scheme_end = "://";
    constexpr std::string_view word = "password";
    constexpr std::string_view placeholder = "PASSWORD";  // in messages of our own
    std::string lower{text};
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    std::vector<span> secrets;
    for (std::size_t at = 0; at < text.size();) {
        span secret{at, at};
        if (text.substr(at, scheme_end.size()) == scheme_end) {
            secret = in_uri(text, at + scheme_end.size());
        } else if (lower.compare(at, word.size(), word) == 0) {
            secret = in_assignment(text, at + word.size());
        }
        const auto value = text.substr(secret.begin, secret.end - secret.begin);
        if (!value.empty() && value != placeholder) {
            secrets.push_back(secret);
        }
        at = std::max(at + 1, secret.end);
    }
    return secrets;
}

}  // namespace

std::string without_secrets(std::string_view text) {
    std::string result;
    std::size_t at = 0;
    for (const auto& secret : secrets_in(text)) {
        result.append(text.substr(at, secret.begin - at)).append("***");
        at = secret.end;
    }
    return result.append(text.substr(at));
}

void overwrite_secrets(char* text) {
    for (const auto& secret : secrets_in({text, std::strlen(text)})) {
        std::fill(text + secret.begin, text + secret.end, 'x');
    }
}

bool has_unescaped_secret(std::string_view text) {
    const auto scheme_end = text.find("://");
    if (scheme_end == std::string_view::npos) {
        return false;
    }
    const auto uri = text.substr(scheme_end + 3, text.find('?') - scheme_end - 3);
    const auto first = uri.find_first_of("@/");
    return first != std::string_view::npos && uri.find('@', first + 1) != std::string_view::npos;
}

}  // namespace leasehold
