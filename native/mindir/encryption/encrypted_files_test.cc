// Encrypted files of every layout: what they compute, and what is said of wrong keys and of files that are cut off or altered.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "mindir/encryption/decrypt.h"
#include "mindir/module.h"
#include "test/mindir_cases.h"
#include "test/temporary_folder.h"

namespace mindird::mindir {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(MINDIRD_SOURCE_DIR) / "test/encrypted";
const std::string kKey = "0123456789ABCDEF";

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class EncryptedFiles : public testing::Test {
 protected:
  void TearDown() override {
    ::unsetenv(kKeyVariable);
    ::unsetenv(kKeyFileVariable);
  }
  fs::path write(const std::string& name, const std::string& bytes) const {
    const fs::path path = folder_.path() / name;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
    return path;
  }
  ReadOptions key_file(const std::string& key) const { return from_file(write("key", key)); }
  static ReadOptions from_file(const fs::path& file) { return {.key = {file.string(), {}}}; }
  static ReadOptions from_variable(const std::string& name) { return {.key = {{}, name}}; }
  /// What reading a model says; the message has neither key nor anything of the file in it.
  Status status_of(const fs::path& model, const std::string& key) const {
    const Status status = read(model.string(), key_file(key)).status();
    if (key.size() > 4) {
      EXPECT_EQ(status.message().find(key.substr(0, 5)), std::string::npos) << status.message();
    }
    return status;
  }
  Status status_of_bytes(const std::string& bytes, const std::string& key = kKey) const { return status_of(write("model.mindir", bytes), key); }

  test::TemporaryFolder folder_;
};

void expect(const Status& status, Code code, const std::string& part) {
  EXPECT_EQ(code_name(status.code()), code_name(code)) << status.message();
  EXPECT_NE(status.message().find(part), std::string::npos) << status.message();
}

TEST_F(EncryptedFiles, match_what_mindspore_computed) {
  const auto index = nlohmann::json::parse(contents(kFolder / "index.json"));
  auto cases = test::read_index(kFolder.string());
  ASSERT_TRUE(cases.ok());
  EXPECT_EQ(cases->size(), 12U);
  for (const test::Case& test : *cases) {
    ::setenv(kKeyVariable, index[test.name]["key"].get<std::string>().c_str(), 1);
    const Status status = test::run_case(kFolder.string(), test);
    if (test.refused.empty()) {
      EXPECT_TRUE(status.ok()) << test.name << ": " << status.message();
    } else {
      expect(status, Code::kUnsupported, test.refused);
    }
  }
}

TEST_F(EncryptedFiles, the_key_comes_from_where_it_is_said) {
  const std::string model = (kFolder / "dense_gcm_128.mindir").string();
  const fs::path key = write("key", kKey);
  EXPECT_TRUE(read(model, from_file(key)).ok());
  expect(read(model).status(), Code::kUnsupported, "the file is encrypted (AES-GCM): no key is given: model.key_file");
  ::setenv(kKeyFileVariable, key.c_str(), 1);
  EXPECT_TRUE(read(model).ok());
  ::setenv("MINDIRD_TEST_KEY", kKey.c_str(), 1);
  EXPECT_TRUE(read(model, from_variable("MINDIRD_TEST_KEY")).ok());
  ::unsetenv("MINDIRD_TEST_KEY");
  expect(read(model, from_variable("MINDIRD_TEST_KEY")).status(), Code::kInvalidConfig, "MINDIRD_TEST_KEY, which model.key_env names, is not set");
  auto module = read(model);
  EXPECT_TRUE((*module)->encrypted());
}

TEST_F(EncryptedFiles, keys_that_are_none_are_refused) {
  const fs::path model = kFolder / "dense_gcm_128.mindir";
  expect(status_of(model, ""), Code::kInvalidConfig, "has 0 bytes, want 16, 24 or 32");
  expect(status_of(model, "0123456789ABCDE"), Code::kInvalidConfig, "has 15 bytes, want 16, 24 or 32");
  expect(status_of(model, kKey + "\n"), Code::kInvalidConfig, "has 17 bytes, want 16, 24 or 32; it ends with a line break");
  expect(status_of(model, " " + kKey), Code::kInvalidConfig, "has 17 bytes, want 16, 24 or 32; it begins or ends with white space");
  expect(status_of(model, std::string(100, 'k')), Code::kInvalidConfig, "has 100 bytes");
  expect(status_of(model, "0123456789ABCDE\n"), Code::kInvalidConfig, "is not the key of this file (AES-GCM); it ends with a line break");
  expect(read(model.string(), from_file(folder_.path())).status(), Code::kInvalidConfig, "is not a regular file");
  expect(read(model.string(), from_file(folder_.path() / "none")).status(), Code::kInvalidConfig, "none: No such file");
}

TEST_F(EncryptedFiles, another_key_is_said_to_be_another) {
  for (const char* name : {"dense_gcm_128", "dense_cbc_128", "lenet5_gcm_1_3_0", "lenet5_cbc_1_3_0", "lenet5_gcm_1_10_0", "lenet5_cbc_1_10_0"}) {
    expect(status_of(kFolder / str(name, ".mindir"), "0123456789ABCDEG"), Code::kInvalidConfig, "is not the key of this file");
    expect(status_of(kFolder / str(name, ".mindir"), "0123456789ABCDEF0123456789ABCDEF"), Code::kInvalidConfig, "is not the key of this file");
  }
}

TEST_F(EncryptedFiles, files_cut_off_anywhere_are_refused) {
  for (const char* name : {"dense_gcm_128", "dense_cbc_128", "lenet5_cbc_1_3_0"}) {
    const std::string whole = contents(kFolder / str(name, ".mindir"));
    for (size_t size = 5; size < whole.size(); size += 1 + size / 7) {
      const Status status = status_of_bytes(whole.substr(0, size));
      expect(status, Code::kInvalidModel, "truncated: block 1");
    }
    expect(status_of_bytes(whole + "x"), Code::kInvalidModel, "truncated: block 2");
    expect(status_of_bytes(whole + std::string(100, 'x')), Code::kInvalidModel, "altered: the head of block 2");
  }
}

TEST_F(EncryptedFiles, a_tag_finds_every_altered_bit) {
  const std::string whole = contents(kFolder / "dense_gcm_128.mindir");
  // Up to the cipher heads and numbers fall; the tag and the cipher itself have room for every change.
  constexpr size_t kTag = 4;
  constexpr size_t kCipher = 48;
  for (size_t at = kTag; at < whole.size(); at += at + 1 < kTag + 16 ? 1 : at < kCipher ? kCipher - at : 97) {
    std::string altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 4);
    // The beginning of a model tells the right key; where that is altered the key is suspected.
    const bool probed = at >= kCipher && at < kCipher + 7;
    expect(status_of_bytes(altered), probed ? Code::kInvalidConfig : Code::kInvalidModel,
           probed ? "is not the key" : "altered: the contents of block 1 do not fit its tag");
  }
}

TEST_F(EncryptedFiles, padding_finds_an_altered_end) {
  std::string whole = contents(kFolder / "dense_cbc_128.mindir");
  whole.back() = static_cast<char>(whole.back() ^ 1);
  expect(status_of_bytes(whole), Code::kInvalidModel, "altered: the padding of block 1 is impossible");
}

TEST_F(EncryptedFiles, weights_are_encrypted_as_the_model_is) {
  fs::copy(kFolder, folder_.path() / "copy", fs::copy_options::recursive);
  const fs::path copy = folder_.path() / "copy";
  EXPECT_TRUE(status_of(copy / "split_gcm_graph.mindir", kKey).ok());
  const fs::path weights = copy / "split_gcm_variables/data_0";
  std::string bytes = contents(weights);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  std::ofstream(weights, std::ios::binary | std::ios::trunc) << bytes;
  expect(status_of(copy / "split_gcm_graph.mindir", kKey), Code::kInvalidModel, "external data \"split_gcm_variables/data_0\": altered: the contents of block");
  std::ofstream(weights, std::ios::binary | std::ios::trunc) << std::string(1000, '\1');
  expect(status_of(copy / "split_gcm_graph.mindir", kKey), Code::kInvalidModel, "is not encrypted, but the model is");
}

TEST_F(EncryptedFiles, mutated_containers_never_crash) {
  std::mt19937 random(20261129);
  const std::vector<std::string> names = {"dense_gcm_128", "dense_cbc_128", "lenet5_gcm_1_3_0", "lenet5_cbc_1_3_0", "dense_sm4"};
  const ReadOptions key = key_file(kKey);
  size_t accepted = 0;
  constexpr size_t kRounds = 600;
  for (size_t i = 0; i < kRounds; ++i) {
    std::string bytes = contents(kFolder / (names[i % names.size()] + ".mindir"));
    for (size_t changes = 1 + random() % 3; changes > 0; --changes) {
      // Half of the changes meet the head of the first block.
      const size_t at = random() % (random() % 2 == 0 ? std::min<size_t>(bytes.size(), 60) : bytes.size());
      if (random() % 8 == 0) {
        bytes.resize(at + 1);
      } else {
        bytes[at] = static_cast<char>(random());
      }
    }
    const auto module = read(write("model.mindir", bytes).string(), key);
    accepted += module.ok() ? 1 : 0;
    EXPECT_NE(module.status().code(), Code::kInternal) << module.status().message();
  }
  // Without a tag a change of a weight is a model like any other.
  EXPECT_GT(accepted, 0U);
  EXPECT_LT(accepted, kRounds / 2);
}

TEST(SecretBytes, move_and_shorten) {
  auto bytes = SecretBytes::allocate(100);
  ASSERT_TRUE(bytes.ok());
  bytes->span()[7] = 'x';
  SecretBytes other = std::move(*bytes);
  other.shorten(8);
  EXPECT_EQ(other.span().size(), 8U);
  EXPECT_EQ(other.span()[7], 'x');
  EXPECT_TRUE(bytes->span().empty());
  EXPECT_TRUE(SecretBytes::allocate(0)->span().empty());
}

}  // namespace
}  // namespace mindird::mindir
