#include "sql/wire_form.hpp"

#include <iterator>

namespace leasehold::wire_form {

namespace {

constexpr std::size_t id_bytes = sizeof(item_id::value.data);
constexpr std::size_t number_bytes = sizeof(std::int32_t);

/// dimensions, has it NULLs, type of the elements, their number, the first one's index
constexpr std::size_t header_bytes = 5 * number_bytes;
constexpr std::size_t empty_header_bytes = 3 * number_bytes;

void append(std::string& bytes, std::uint32_t number) {
    for (int shift = 24; shift >= 0; shift -= 8) {
        bytes.push_back(static_cast<char>(number >> static_cast<unsigned>(shift)));
    }
}

}  // namespace

std::string array_of(std::span<const item_id> ids) {
    std::string bytes;
    bytes.reserve(header_bytes + ids.size() * (number_bytes + id_bytes));
    append(bytes, ids.empty() ? 0 : 1);
    append(bytes, 0);
    append(bytes, uuid_type);
    if (!ids.empty()) {
        append(bytes, static_cast<std::uint32_t>(ids.size()));
        append(bytes, 1);
    }
    for (const auto& id : ids) {
        append(bytes, id_bytes);
        bytes.append(std::begin(id.value.data), std::end(id.value.data));
    }
    return bytes;
}

std::optional<item_id> id_in(std::string_view bytes) noexcept {
    if (bytes.size() != id_bytes) {
        return std::nullopt;
    }
    item_id id;
    std::memcpy(id.value.data, bytes.data(), id_bytes);
    return id;
}

std::optional<std::vector<item_id>> ids_in(std::string_view array) {
    const auto number_at = [&](std::size_t place) {
        return number_in<std::int32_t>(array.substr(place * number_bytes, number_bytes));
    };
    if (array.size() < empty_header_bytes || number_at(1) != 0 ||
        number_at(2) != static_cast<std::int32_t>(uuid_type)) {
        return std::nullopt;
    }
    if (number_at(0) == 0) {
        return std::vector<item_id>{};
    }
    if (number_at(0) != 1 || array.size() < header_bytes) {
        return std::nullopt;
    }
    constexpr std::size_t element = number_bytes + id_bytes;
    const auto elements = array.substr(header_bytes);
    if (elements.size() % element != 0 ||
        number_at(3) != static_cast<std::int32_t>(elements.size() / element)) {
        return std::nullopt;
    }
    std::vector<item_id> ids;
    ids.reserve(elements.size() / element);
    for (std::size_t at = 0; at < elements.size(); at += element) {
        ids.push_back(*id_in(elements.substr(at + number_bytes, id_bytes)));
    }
    return ids;
}

}  // namespace leasehold::wire_form
