#include "tests/bench/bench_worker.hpp"

#include <leasehold/worker.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <thread>

namespace leasehold::bench {

namespace {

worker_options options_of(const worker_spec& spec) {
    worker_options options{.session = {.name = spec.name, .ttl = spec.ttl},
                           .work = {.slots = spec.slots, .poll = spec.poll}};
    options.session.margin = std::min(options.session.margin, spec.ttl / 5);
    options.leases.notices = spec.notices;
    return options;
}

void note_counts(seat_record& seat, const work_summary& done) {
    seat.serialization_retries = done.serialization_retries;
    seat.membership_retries = done.membership_retries;
    seat.lost = done.lost + done.unknown;
}

int run_leasehold(const worker_spec& spec, const ledger& book) {
    auto& seat = book.seat(spec.seat);
    const external_handler handle = [&](const claim& held, const std::stop_token&) -> outcome {
        work_off(book, spec.seat, job_of(held.held.payload), held.held.part.value);
        return complete{};
    };
    worker one{spec.dsn, queue_name, handle, options_of(spec)};
    one.start();
    seat.ready = now_ns();
    wait_for_end([&] {
        note_counts(seat, one.summary());
        return !one.failure();
    });
    one.drain();
    note_counts(seat, one.summary());
    if (const auto failure = one.failure()) {
        throw std::runtime_error(*failure);
    }
    return 0;
}

}  // namespace

std::vector<std::string> words_of(const worker_spec& spec) {
    std::vector<std::string> words{"worker",
                                   "--dsn",
                                   spec.dsn,
                                   "--ledger",
                                   spec.ledger.string(),
                                   "--seat",
                                   std::to_string(spec.seat),
                                   "--slots",
                                   std::to_string(spec.slots),
                                   "--ttl",
                                   std::to_string(spec.ttl.count()),
                                   "--poll",
                                   std::to_string(spec.poll.count())};
    if (!spec.name.empty()) {
        words.insert(words.end(), {"--name", spec.name});
    }
    if (spec.how == way::skip_locked) {
        words.emplace_back("--skip-locked");
    }
    if (!spec.notices) {
        words.emplace_back("--no-notices");
    }
    if (spec.rescue) {
        words.emplace_back("--rescue");
    }
    return words;
}

int run_worker(const worker_spec& spec) {
    sigset_t stop;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // in all threads to come, too
    try {
        const ledger book{spec.ledger};
        book.seat(spec.seat).pid = ::getpid();
        return spec.how == way::leasehold ? run_leasehold(spec, book) : run_skip_locked(spec, book);
    } catch (const std::exception& error) {
        std::cerr << "worker " << spec.seat << ": " << error.what() << std::endl;
        return 1;
    }
}

void wait_for_end(const std::function<bool()>& goes_on) {
    sigset_t stop;
    ::sigemptyset(&stop);
    ::sigaddset(&stop, SIGTERM);
    constexpr timespec pace{.tv_sec = 0, .tv_nsec = 50'000'000};
    while (::sigtimedwait(&stop, nullptr, &pace) != SIGTERM && goes_on()) {
    }
}

std::string payload_of(const job& one) {
    return "[" + std::to_string(one.number) + ", " + std::to_string(one.takes.count()) + "]";
}

job job_of(const std::string& payload) {
    long long number = 0;
    long long takes = 0;
    if (std::sscanf(payload.c_str(), "[%lld, %lld]", &number, &takes) != 2) {
        throw std::runtime_error("not an item of this program: " + payload);
    }
    return {static_cast<std::size_t>(number), std::chrono::microseconds{takes}};
}

void work_off(const ledger& book, int seat, const job& one, int part) {
    book.note_start(one.number, seat, part);
    if (one.takes.count() > 0) {
        std::this_thread::sleep_for(one.takes);  // real time: it is the item's whole work
    }
    book.note_end(one.number, seat);
}

}  // namespace leasehold::bench
