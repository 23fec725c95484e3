#include "medgraft/data/container/image_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>

#include "medgraft/base/error.h"
#include "medgraft/base/npz.h"
#include "medgraft/data/container/tar.h"
#include "medgraft/data/container/tar_writer.h"

namespace medgraft::data {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(MEDGRAFT_TEST_DATA) / "data";

TEST(ImageSource, TellsMembersFromFileNames) {
  EXPECT_EQ(split_image_name("a/b.tar#c/d.png").file, "a/b.tar");
  EXPECT_EQ(split_image_name("a/b.tar#c/d.png").member, "c/d.png");
  EXPECT_EQ(split_image_name("x.npz#train/3").member, "train/3");
  EXPECT_EQ(split_image_name("scan#2.png").file, "scan#2.png");
  EXPECT_EQ(split_image_name("scan#2.png").member, "");
}

TEST(ImageSource, ReadsMembersOfEveryTarFormat) {
  const ImageSource source(kFolder);
  std::string long_name;
  for (int i = 0; i < 6; ++i) long_name += "a_folder_with_a_long_name_";
  for (const auto& [file, second] :
       {std::pair<std::string, std::string>{"ustar.tar", "b/second.png"},
        {"gnu.tar", long_name + "/picture.png"},
        {"pax.tar", long_name + "/picture.png"}}) {
    SCOPED_TRACE(file);
    auto image = source.decode(file + "#first.png");
    ASSERT_TRUE(image.has_value()) << image.error().reason;
    EXPECT_EQ(image.value().height, 3);
    EXPECT_EQ(image.value().width, 4);
    auto next = source.decode(file + "#" + second);
    ASSERT_TRUE(next.has_value()) << next.error().reason;
    for (int i = 0; i < 12; ++i) {
      const auto at = static_cast<size_t>(i);
      EXPECT_FLOAT_EQ(image.value().pixels[at], static_cast<float>(i) / 255);
      EXPECT_FLOAT_EQ(next.value().pixels[at], static_cast<float>(i + 100) / 255);
    }
    EXPECT_EQ(TarFile(kFolder / file).members().size(), 3U);
  }
}

TEST(ImageSource, ReadsWhatATarWriterWrites) {
  const auto path = std::filesystem::temp_directory_path() / text("w", getpid(), ".tar");
  {
    TarWriter writer(path);
    writer.add("b.txt", "first");
    writer.add("a.txt", std::string(1000, 'x'));
    writer.add("b.txt", "second");  // As tar has it, the later one counts.
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_EQ(writer.num_bytes(), TarWriter::bytes_of_member(5) +
                                      TarWriter::bytes_of_member(1000) +
                                      TarWriter::bytes_of_member(6) + 1024);
    const auto expected = writer.num_bytes();
    writer.commit();
    EXPECT_EQ(static_cast<int64_t>(std::filesystem::file_size(path)), expected);
  }
  const TarFile tar(path);
  EXPECT_EQ(tar.members(), (std::vector<std::string>{"a.txt", "b.txt"}));
  EXPECT_EQ(tar.read("a.txt").value().size(), 1000U);
  EXPECT_EQ(tar.read("b.txt").value().size(), 6U);
  EXPECT_FALSE(tar.read("c.txt").has_value());
  std::filesystem::remove(path);
}

TEST(ImageSource, TakesAMemberThatClimbsOutAsANameAlone) {
  // Members are read from the archive, never from, or to, where their names lead.
  const auto corpus = kFolder.parent_path().parent_path() / "fuzz/corpus/tar";
  const ImageSource source(corpus);
  const auto bytes = source.read("climb.tar#../../etc/x");
  ASSERT_TRUE(bytes.has_value()) << bytes.error().reason;
  EXPECT_EQ(TarFile(corpus / "climb.tar").members(),
            (std::vector<std::string>{"../../etc/x", "/abs/y"}));
  EXPECT_FALSE(source.read("climb.tar#/etc/passwd").has_value());
  EXPECT_FALSE(source.read("links.tar#s").has_value());  // A link is no image.
}

TEST(ImageSource, ReadsRowsOfStoredAndDeflatedArrays) {
  const ImageSource source(kFolder);
  const NpzReader reader(kFolder / "stored.npz");
  const auto gray = reader.read("gray8"), wide = reader.read("gray16");
  for (const auto* file : {"stored.npz", "deflated.npz"}) {
    SCOPED_TRACE(file);
    auto row = source.decode(text(file, "#gray8/3"));
    ASSERT_TRUE(row.has_value()) << row.error().reason;
    ASSERT_EQ(row.value().pixels.size(), 24U);
    for (size_t i = 0; i < 24; ++i) {
      EXPECT_FLOAT_EQ(row.value().pixels[i],
                      static_cast<float>(std::to_integer<int>(gray[3 * 24 + i])) / 255);
    }
    row = source.decode(text(file, "#gray16/1"));
    ASSERT_TRUE(row.has_value());
    uint16_t sample = 0;
    std::memcpy(&sample, wide.data() + 24 * 2, 2);
    EXPECT_FLOAT_EQ(row.value().pixels[0], static_cast<float>(sample) / 65535);
    EXPECT_EQ(source.decode(text(file, "#color8/2")).value().channels, 3);
    EXPECT_TRUE(source.decode(text(file, "#unit/0")).has_value());
    EXPECT_EQ(source.header(text(file, "#gray16/0")).value().bit_depth, 16);
  }
}

TEST(ImageSource, SaysWhyThereIsNoImage) {
  const ImageSource source(kFolder);
  const std::pair<const char*, const char*> kCases[] = {
      {"absent.png", "No such file"},
      {"absent.tar#x.png", "cannot read"},
      {"ustar.tar#x.png", "no such member"},
      {"ustar.tar#notes.txt", "not a PNG, JPEG or DICOM"},
      {"packed.tar#first.png", "uncompressed tar"},
      {"stored.npz#gray8", "file.npz#array/row"},
      {"stored.npz#gray8/5", "5 rows"},
      {"stored.npz#gray8/-1", "5 rows"},
      {"stored.npz#grey8/0", "no array"},
      {"stored.npz#flat/0", "shape"},
      {"stored.npz#double/0", "<f8"},
      {"stored.npz#beyond/0", "outside [0, 1]"},
      {"README.md", "not a PNG, JPEG or DICOM"},
  };
  for (const auto& [name, expected] : kCases) {
    const auto image = source.decode(name);
    ASSERT_FALSE(image.has_value()) << name;
    EXPECT_NE(image.error().reason.find(expected), std::string::npos)
        << name << ": " << image.error().reason;
  }
}

}  // namespace
}  // namespace medgraft::data
