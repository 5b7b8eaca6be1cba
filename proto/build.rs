//! Generates Rust from the `.proto` files, with a compiler in Rust: no protoc has to be installed.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files = ["pagemill/tasks.proto", "pagemill/models.proto"];
    for file in files {
        println!("cargo:rerun-if-changed={file}");
    }
    let descriptors = protox::compile(files, ["."])?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
