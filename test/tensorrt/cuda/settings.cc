#include "settings.h"

#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>
#include <string>

namespace mindird::test_cuda {
namespace {

void apply(const char* text, Settings& s) {
  const std::pair<const char*, std::atomic<int64_t>*> fields[] = {{"devices", &s.devices},
                                                                  {"init", &s.init},
                                                                  {"driver", &s.driver},
                                                                  {"capability", &s.capability},
                                                                  {"memory", &s.memory},
                                                                  {"fail_alloc", &s.fail_alloc},
                                                                  {"fail_launch", &s.fail_launch},
                                                                  {"fail_kernel", &s.fail_kernel},
                                                                  {"lost", &s.lost},
                                                                  {"kernel_us", &s.kernel_us},
                                                                  {"enqueue_us", &s.enqueue_us},
                                                                  {"capture", &s.capture},
                                                                  {"fail_capture", &s.fail_capture}};
  std::istringstream entries(text);
  for (std::string entry; std::getline(entries, entry, ',');) {
    const size_t equals = entry.find('=');
    if (equals == std::string::npos) std::abort();
    bool known = false;
    for (const auto& [name, field] : fields) {
      if (entry.compare(0, equals, name) != 0) continue;
      *field = std::strtoll(entry.c_str() + equals + 1, nullptr, 10);
      known = true;
    }
    // A misspelled setting would be a test that cannot fail.
    if (!known) std::abort();
  }
}

/// Applies what the file says whenever that has changed since the last call.
void follow(const char* file, Settings& s) {
  static std::mutex mutex;
  static std::string known;
  const std::lock_guard lock(mutex);
  std::ifstream in(file);
  std::string text;
  if (!in || !std::getline(in, text) || text == known) return;
  known = text;
  apply(text.c_str(), s);
}

}  // namespace

Settings& settings() {
  static auto* const all = new Settings();
  static const char* const text = [] {
    const char* given = std::getenv("MINDIRD_TEST_CUDA");
    if (given && *given != '@') apply(given, *all);
    return given;
  }();
  if (text && *text == '@') follow(text + 1, *all);
  return *all;
}

bool strikes(std::atomic<int64_t>& countdown) { return countdown > 0 && countdown.fetch_sub(1) == 1; }

}  // namespace mindird::test_cuda

extern "C" __attribute__((visibility("default"))) void mindird_test_cuda_set(const char* text) {
  mindird::test_cuda::apply(text, mindird::test_cuda::settings());
}
