#include "worker/cli/history_reader.hpp"

#include "base/utf8_text.hpp"
#include "worker/cli/line_reader.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <array>
#include <cerrno>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <system_error>

namespace leasehold {

namespace {

using nlohmann::json;

/// Says what is wrong with a line.
class bad_line : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

const json& member(const json& line, const char* name) {
    const auto found = line.find(name);
    if (found == line.end()) {
        throw bad_line(std::string{"has no \""} + name + "\"");
    }
    return *found;
}

std::string text_of(const json& line, const char* name) {
    const auto& value = member(line, name);
    if (!value.is_string()) {
        throw bad_line(std::string{"\""} + name + "\" is no text");
    }
    return value.get<std::string>();
}

std::int64_t number_of(const json& line, const char* name) {
    const auto& value = member(line, name);
    if (!value.is_number_integer()) {
        throw bad_line(std::string{"\""} + name + "\" is no whole number");
    }
    return value.get<std::int64_t>();
}

boost::uuids::uuid uuid_of(const json& line, const char* name) {
    const auto id = uuid_from(text_of(line, name));
    if (!id) {
        throw bad_line(std::string{"\""} + name + "\" is no UUID");
    }
    return *id;
}

part_id part_of_line(const json& line) {
    const auto part = number_of(line, "part");
    if (part < 0 || part > std::numeric_limits<std::int32_t>::max()) {
        throw bad_line("\"part\" is no part");
    }
    return {static_cast<std::int32_t>(part)};
}

template <class Value, std::size_t Size>
Value chosen(const json& line, const char* name,
             const std::array<std::pair<std::string_view, Value>, Size>& words) {
    const auto text = text_of(line, name);
    for (const auto& [word, value] : words) {
        if (word == text) {
            return value;
        }
    }
    throw bad_line(std::string{"\""} + name + "\" is " + quoted_excerpt(text));
}

enum class line_kind { opened, session, part_taken, part_let_go, started, ended, claim_ended };

constexpr std::array<std::pair<std::string_view, line_kind>, 8> kinds{
    {{"opened", line_kind::opened},
     {"session_began", line_kind::session},
     {"session_ended", line_kind::session},
     {"part_taken", line_kind::part_taken},
     {"part_let_go", line_kind::part_let_go},
     {"started", line_kind::started},
     {"ended", line_kind::ended},
     {"claim_ended", line_kind::claim_ended}}};
constexpr std::array<std::pair<std::string_view, asked>, 3> asked_words{
    {{"completed", asked::completed}, {"returned", asked::returned}, {"buried", asked::buried}}};
constexpr std::array<std::pair<std::string_view, told>, 3> answers{
    {{"acknowledged", told::acknowledged}, {"lost", told::lost}, {"unknown", told::unknown}}};

told_event event_of_item(const json& line, told what) {
    told_event one;
    one.what = what;
    one.item = {uuid_of(line, "item")};
    one.session = {uuid_of(line, "session")};
    one.part = part_of_line(line);
    one.fence = {number_of(line, "token")};
    return one;
}

/// What a line tells that is judged; nothing when it only tells of sessions.
std::optional<told_event> event_in(const json& line, line_kind kind) {
    switch (kind) {
        case line_kind::opened: return std::nullopt;
        case line_kind::session: uuid_of(line, "session"); return std::nullopt;
        case line_kind::part_let_go: part_of_line(line); return std::nullopt;
        case line_kind::part_taken: {
            told_event one;
            one.what = told::part_taken;
            one.session = {uuid_of(line, "session")};
            one.part = part_of_line(line);
            one.fence = {number_of(line, "epoch")};
            return one;
        }
        case line_kind::started: {
            auto one = event_of_item(line, told::started);
            one.by_lease = {line.contains("epoch") ? number_of(line, "epoch") : 0};
            return one;
        }
        case line_kind::ended: return event_of_item(line, told::ended);
        case line_kind::claim_ended: {
            auto one = event_of_item(line, chosen(line, "answer", answers));
            one.change = chosen(line, "asked", asked_words);
            return one;
        }
    }
    return std::nullopt;
}

class open_file {
public:
    explicit open_file(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (fd_ < 0) {
            throw std::runtime_error("cannot open the history " + quoted_excerpt(path) + ": " +
                                     std::generic_category().message(errno));
        }
    }
    ~open_file() { ::close(fd_); }
    open_file(const open_file&) = delete;
    open_file& operator=(const open_file&) = delete;
    int fd() const noexcept { return fd_; }

private:
    int fd_;
};

/// One file, line by line.
class file_reading {
public:
    file_reading(std::string path, std::uint16_t number, const std::string& queue,
                 heard_history& heard)
        : path_(std::move(path)), number_(number), queue_(queue), heard_(heard) {}

    /// @return how many lines were torn
    int read() {
        constexpr std::size_t line_max = 65'536;
        const open_file file{path_};
        line_reader lines{file.fd(), line_max};
        std::uint64_t bytes = 0;
        while (const auto line = lines.next()) {
            bytes += line->size() + 1;
            take(*line, lines.number());
        }
        if (broken_ && bytes > lines.bytes_read()) {
            ++torn_;
            broken_.reset();
        }
        settle_broken();
        if (good_ == 0) {
            heard_.readable.add(path_ + " holds no event");
        }
        return torn_;
    }

private:
    void take(std::string_view text, std::uint64_t number) {
        ++heard_.readable.looked_at;
        try {
            const auto line = json::parse(text, nullptr, false);
            if (!line.is_object()) {
                throw bad_line("is no JSON object");
            }
            const auto kind = chosen(line, "event", kinds);
            if (kind == line_kind::opened && broken_) {
                ++torn_;
                broken_.reset();
            }
            settle_broken();
            add(line, kind, number);
            ++good_;
        } catch (const bad_line& problem) {
            settle_broken();
            broken_ = path_ + ":" + std::to_string(number) + " " + problem.what();
        }
    }

    void add(const json& line, line_kind kind, std::uint64_t number) {
        if (kind == line_kind::opened && text_of(line, "queue") != queue_) {
            throw bad_line("is of queue " + quoted_excerpt(text_of(line, "queue")));
        }
        auto one = event_in(line, kind);
        const auto wall_us = number_of(line, "wall_us");
        const auto steady_us = number_of(line, "steady_us");
        if (one) {
            one->wall_us = wall_us;
            one->steady_us = steady_us;
            one->file = number_;
            one->line = static_cast<std::uint32_t>(number);
            heard_.events.push_back(*one);
        }
    }

    /// The line before was not torn: something else is wrong with it.
    void settle_broken() {
        if (broken_) {
            heard_.readable.add(*broken_);
            broken_.reset();
        }
    }

    std::string path_;
    std::uint16_t number_;
    const std::string& queue_;
    heard_history& heard_;
    std::optional<std::string> broken_{};
    std::uint64_t good_{0};
    int torn_{0};
};

}  // namespace

heard_history read_histories(const std::vector<std::string>& files, const std::string& queue) {
    heard_history heard{.readable = {.name = "every line of the files can be read",
                                     .noun = "line",
                                     .nouns = "lines"}};
    if (files.size() > std::numeric_limits<std::uint16_t>::max()) {
        throw std::invalid_argument("65,535 history files are the most");
    }
    int torn = 0;
    for (std::size_t i = 0; i < files.size(); ++i) {
        torn += file_reading{files[i], static_cast<std::uint16_t>(i), queue, heard}.read();
    }
    if (torn > 0) {
        heard.readable.note = std::to_string(torn) + " torn, whose writers were killed";
    }
    return heard;
}

}  // namespace leasehold
