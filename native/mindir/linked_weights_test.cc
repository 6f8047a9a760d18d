// External weights where links lead: volumes of Kubernetes, caches of model hubs, linked files and folders. What is compared is the graph of the
// plain layout.
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "ir/graph.h"
#include "mindir/module.h"
#include "test/temporary_folder.h"

namespace mindird::mindir {
namespace {

namespace fs = std::filesystem;

const fs::path kFixture = fs::path(MINDIRD_SOURCE_DIR) / "test/fixtures/linked_weights";
const std::string kModel = "net_graph.mindir";
const std::string kWeights = "net_variables";

Result<std::string> hash_of(const fs::path& model) {
  TRY_ASSIGN(const auto module, read(model.string()));
  std::vector<Shape> shapes;
  for (const Declared& input : module->inputs()) shapes.push_back(input.type.shape);
  TRY_ASSIGN(const ir::Graph graph, module->lower(shapes));
  return ir::hash(graph).hex();
}

class LinkedWeights : public testing::Test {
 protected:
  const fs::path& root() const { return folder_.path(); }
  /// A folder below the root, made with those above it.
  fs::path folder(const std::string& name) const {
    fs::create_directories(root() / name);
    return root() / name;
  }
  void expect_plain(const fs::path& model) const {
    const auto plain = hash_of(kFixture / kModel);
    ASSERT_TRUE(plain.ok()) << plain.status().message();
    const auto found = hash_of(model);
    ASSERT_TRUE(found.ok()) << found.status().message();
    EXPECT_EQ(*found, *plain);
  }
  void copy_to(const fs::path& to) const { fs::copy(kFixture, to, fs::copy_options::recursive); }

  test::TemporaryFolder folder_;
};

TEST_F(LinkedWeights, model_and_weights_are_links_into_a_volume) {
  copy_to(folder("volume"));
  const fs::path version = folder("net/1");
  fs::create_symlink(root() / "volume" / kModel, version / kModel);
  fs::create_symlink(root() / "volume" / kWeights, version / kWeights);
  expect_plain(version / kModel);
}

TEST_F(LinkedWeights, blobs_of_a_hub_cache) {
  const fs::path blobs = folder("blobs");
  const fs::path version = folder("snapshots/1");
  fs::copy(kFixture / kModel, blobs / "8f3a");
  fs::copy(kFixture / kWeights / "data_0", blobs / "c07b");
  fs::create_symlink("../../blobs/8f3a", version / kModel);
  fs::create_directory(version / kWeights);
  fs::create_symlink("../../../blobs/c07b", version / kWeights / "data_0");
  expect_plain(version / kModel);
}

TEST_F(LinkedWeights, a_projected_volume_with_its_data_link) {
  const fs::path version = folder("net/1");
  copy_to(version / "..2026_01_01");
  fs::create_symlink("..2026_01_01", version / "..data");
  fs::create_symlink(fs::path("..data") / kModel, version / kModel);
  fs::create_symlink(fs::path("..data") / kWeights, version / kWeights);
  expect_plain(version / kModel);
}

TEST_F(LinkedWeights, a_linked_folder) {
  copy_to(folder("elsewhere"));
  fs::create_symlink(root() / "elsewhere", folder("net") / "1");
  expect_plain(root() / "net/1" / kModel);
}

TEST_F(LinkedWeights, a_linked_model_finds_what_lies_beside_the_real_one) {
  copy_to(folder("elsewhere"));
  fs::create_symlink(root() / "elsewhere" / kModel, folder("net/1") / "model.mindir");
  expect_plain(root() / "net/1/model.mindir");
}

TEST_F(LinkedWeights, own_files_go_before_those_of_the_linked_model) {
  copy_to(folder("elsewhere"));
  fs::resize_file(root() / "elsewhere" / kWeights / "data_0", 1);
  const fs::path version = folder("net/1");
  fs::create_symlink(root() / "elsewhere" / kModel, version / kModel);
  fs::copy(kFixture / kWeights, version / kWeights, fs::copy_options::recursive);
  expect_plain(version / kModel);
}

TEST_F(LinkedWeights, weights_in_a_third_place_are_refused) {
  copy_to(folder("elsewhere"));
  copy_to(folder("third"));
  const fs::path version = folder("net/1");
  fs::create_symlink(root() / "elsewhere" / kModel, version / kModel);
  fs::create_symlink(root() / "third" / kWeights, version / kWeights);
  const Status status = hash_of(version / kModel).status();
  EXPECT_EQ(status.code(), Code::kInvalidModel);
  EXPECT_NE(status.message().find("outside the folder"), std::string::npos) << status.message();
}

}  // namespace
}  // namespace mindird::mindir
