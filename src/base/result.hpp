#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// The three kinds of wrong.
///
/// A Refusal is an expected no: it travels as Result<T> and its sentence is shown to the person.
/// A Failure is a broken world (database gone, disk full): thrown, caught once at the edge of a request or job.
/// A bug is a broken promise: require() throws Bug, which ends the request and keeps the server.
namespace concord {

/// One thing that is wrong with one answer of a form or one field of a JSON body.
struct FieldError {
    std::string field;    // the field's name as the form or the JSON body has it ("people[0].date_of_birth")
    std::string message;  // what is wrong and what to do, one sentence for the person
    bool operator==(const FieldError&) const = default;
};

/// How a refusal is told to the outside; web turns it into a status.
enum class Because {
    invalid,      // 422: something typed needs correcting (fields says what)
    not_now,      // 409: the thing is not in a state where this may happen
    stale,        // 412: somebody changed it meanwhile
    absent,       // 404: does not exist, or this actor may not know that it does
    not_allowed,  // 403: the actor sees the thing but may not do this to it
    too_large,    // 413
    unsupported,  // 415
    too_many,     // 429
    unreadable,   // 400: what was sent cannot be read at all
};

struct Refusal {
    Because because = Because::invalid;
    std::string code;      // "cases.open_tasks": stable, for clients and tests
    std::string sentence;  // what is wrong and what to do, for the person
    std::vector<FieldError> fields = {};
    bool operator==(const Refusal&) const = default;
};

/// A value, or a refusal. Named like std::expected, to become it one day.
template <class T>
class [[nodiscard]] Result {
public:
    Result(T value) : state_{std::move(value)} {}
    Result(Refusal refusal) : state_{std::move(refusal)} {}

    bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    const T& value() const& { return std::get<0>(state_); }
    T& value() & { return std::get<0>(state_); }
    T&& value() && { return std::get<0>(std::move(state_)); }
    const T& operator*() const& { return value(); }
    T& operator*() & { return value(); }
    const T* operator->() const { return &value(); }
    T* operator->() { return &value(); }
    const Refusal& error() const { return std::get<1>(state_); }

private:
    std::variant<T, Refusal> state_;
};

struct Done {
    bool operator==(const Done&) const = default;
};

/// The world is broken: `what()` is for the log only, never for the person.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The program is broken.
struct Bug : std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool promise, std::string_view what) {
    if (!promise) throw Bug{std::string{what}};
}

}  // namespace concord
