# medgraft_embed_assets(TARGET HEADER_DIR file...): the files' bytes in a generated source of
# TARGET, found by base name with `embedded_asset(name)`.
function(medgraft_embed_assets target)
  set(source ${CMAKE_BINARY_DIR}/generated/${target}_assets.cc)
  set(declarations "")
  set(entries "")
  set(index 0)
  foreach(file ${ARGN})
    get_filename_component(name ${file} NAME)
    string(APPEND declarations
      "__asm__(\".section .rodata\\n.global medgraft_asset_${index}\\n"
      "medgraft_asset_${index}:\\n.incbin \\\"${file}\\\"\\n"
      ".global medgraft_asset_${index}_end\\nmedgraft_asset_${index}_end:\\n.byte 0\\n"
      ".previous\\n\");\n"
      "extern \"C\" const char medgraft_asset_${index}[], medgraft_asset_${index}_end[];\n")
    string(APPEND entries
      "    if (name == \"${name}\") return {medgraft_asset_${index}, "
      "static_cast<size_t>(medgraft_asset_${index}_end - medgraft_asset_${index})};\n")
    math(EXPR index "${index} + 1")
  endforeach()
  file(CONFIGURE OUTPUT ${source} CONTENT "#include \"medgraft/report/assets.h\"

@declarations@
namespace medgraft::report {

std::string_view embedded_asset(std::string_view name) {
@entries@  return {};
}

}  // namespace medgraft::report
" @ONLY)
  target_sources(${target} PRIVATE ${source})
  set_source_files_properties(${source} PROPERTIES OBJECT_DEPENDS "${ARGN}")
endfunction()
