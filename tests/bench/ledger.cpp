#include "tests/bench/ledger.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdexcept>
#include <string>

namespace leasehold::bench {

static_assert(std::atomic<std::int64_t>::is_always_lock_free,
              "several processes share these numbers");

namespace {

constexpr std::size_t head_bytes = ledger::seats_max * sizeof(seat_record);

}  // namespace

ledger::ledger(const std::filesystem::path& file, std::size_t items) {
    map(file, O_RDWR | O_CREAT | O_TRUNC, head_bytes + items * sizeof(item_record));
}

ledger::ledger(const std::filesystem::path& file) {
    map(file, O_RDWR, std::filesystem::file_size(file));
}

ledger::~ledger() { ::munmap(memory_, bytes_); }

/// A new file is all zeros, and so are the records in it.
void ledger::map(const std::filesystem::path& file, int flags, std::size_t bytes) {
    const int fd = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
    if (fd < 0 || ::ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
        throw std::runtime_error("cannot open " + file.string());
    }
    memory_ = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    ::close(fd);
    if (memory_ == MAP_FAILED) {
        throw std::runtime_error("cannot map " + file.string());
    }
    bytes_ = bytes;
    seats_ = {static_cast<seat_record*>(memory_), seats_max};
    items_ = {reinterpret_cast<item_record*>(static_cast<char*>(memory_) + head_bytes),
              (bytes - head_bytes) / sizeof(item_record)};
}

item_record& ledger::item(std::size_t number) const {
    if (number >= items_.size()) {
        throw std::out_of_range("item " + std::to_string(number) + " is not in the ledger");
    }
    return items_[number];
}

seat_record& ledger::seat(int number) const {
    if (number < 0 || number >= seats_max) {
        throw std::out_of_range("seat " + std::to_string(number) + " is not in the ledger");
    }
    return seats_[static_cast<std::size_t>(number)];
}

void ledger::note_start(std::size_t number, int by, int part) const {
    auto& one = item(number);
    one.seat = by;
    one.part = part;
    one.started = now_ns();
    ++one.starts;
    ++seat(by).started;
}

void ledger::note_end(std::size_t number, int by) const {
    auto& one = item(number);
    auto& worker = seat(by);
    const auto now = now_ns();
    one.ended = now;
    ++one.ends;
    if (worker.ended++ == 0) {
        worker.first_ended = now;
    }
}

std::int64_t ledger::started() const {
    std::int64_t sum = 0;
    for (const auto& one : seats_) {
        sum += one.started;
    }
    return sum;
}

std::int64_t ledger::ended() const {
    std::int64_t sum = 0;
    for (const auto& one : seats_) {
        sum += one.ended;
    }
    return sum;
}

}  // namespace leasehold::bench
