/// Knows the files that are taken for safetensors files most often.
enum OtherFormat {
    /// What the first bytes belong to, or nil when it may be a safetensors file.
    static func named(by bytes: UnsafeRawBufferPointer) -> String? {
        signatures.first { bytes.starts(with: $0.prefix) }?.name
    }

    // Each prefix, read as a header length, is far above the format's limit: no real file begins so.
    private static let signatures: [(prefix: [UInt8], name: String)] = [
        (
            Array("version https://git-lfs".utf8),
            "a Git LFS pointer, which stands for a file that was not fetched"
        ),
        (Array("PK\u{3}\u{4}".utf8), "a zip archive, as PyTorch writes it (.ckpt, .pth, .pt)"),
        (Array("GGUF".utf8), "a GGUF file"),
        (Array("<!DOCTYPE".utf8), "a web page"),
        (Array("<!doctype".utf8), "a web page"),
        (Array("<html".utf8), "a web page"),
        ([0x89] + Array("HDF".utf8), "an HDF5 file"),
    ]
}
