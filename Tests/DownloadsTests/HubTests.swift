import Foundation
import Testing

@testable import Downloads

@Suite struct HubTests {
    @Test func namesOfRepositories() throws {
        let usual = try HubRepository("stabilityai/sd-turbo")
        #expect(usual.owner == "stabilityai" && usual.name == "sd-turbo")
        #expect(try HubRepository("https://huggingface.co/stabilityai/sd-turbo/") == usual)
        for text in [
            "", "sd-turbo", "a/b/c", "../b", "a/..", "a/.b", "a/b c", "a/-b", "a/b?x", "a/b%2e", "ä/b",
        ] {
            #expect(throws: DownloadError.badRepository(text)) { try HubRepository(text) }
        }
    }

    @Test func endpointsAreOverTLSOrHere() throws {
        #expect(try Hub().endpoint.absoluteString == "https://huggingface.co")
        #expect(
            try Hub(endpoint: "https://mirror.example/hub/").endpoint.absoluteString
                == "https://mirror.example/hub")
        #expect(try Hub(endpoint: "http://127.0.0.1:8080", token: "").token == nil)
        for text in [
            "http://mirror.example", "ftp://mirror.example", "mirror.example", "https://me:pw@mirror.example",
        ] {
            #expect(throws: DownloadError.badEndpoint(text)) { try Hub(endpoint: text) }
        }
        #expect(AccessToken("two\nlines") == nil && AccessToken(" hf_x \n")?.authorization == "Bearer hf_x")
    }

    @Test func addressesAreEscaped() throws {
        let hub = try Hub()
        let repository = try HubRepository("a/b")
        #expect(
            hub.listing(of: repository, revision: "refs/pr/1")?.absoluteString
                == "https://huggingface.co/api/models/a/b/revision/refs%2Fpr%2F1?blobs=true")
        #expect(
            hub.file("vae/x y?#.bin", of: repository, commit: "c")?.absoluteString
                == "https://huggingface.co/a/b/resolve/c/vae/x%20y%3F%23.bin")
    }

    @Test func onlyPathsIntoTheFolderAreSafe() {
        for path in ["a", "unet/config.json", "a b/ä.txt", ".gitattributes"] {
            #expect(HubListing.isSafe(path))
        }
        for path in [
            "", "/etc/passwd", "../a", "a/../b", "a//b", "a/", "./a", "a\\b", "C:a", "a\u{0}b", "a\nb",
            "a/..", "a. ", "b.",
        ] { #expect(!HubListing.isSafe(path), "\(path)") }
    }

    private func listing(_ files: String) throws -> HubListing {
        let json = #"{"sha": "\#(String(repeating: "a", count: 40))", "siblings": [\#(files)]}"#
        return try HubListing(json: Data(json.utf8), from: #require(URL(string: "https://hub.example/x")))
    }

    @Test func listingsAreCheckedMemberByMember() throws {
        let (blob, digest) = (String(repeating: "b", count: 40), String(repeating: "C", count: 64))
        let good = try listing(
            #"{"rfilename": "b", "size": 134, "blobId": "\#(blob)", "lfs": {"sha256": "\#(digest)", "size": 9}}, "#
                + #"{"rfilename": "a", "size": 3, "blobId": "\#(blob)"}"#)
        #expect(good.files.map(\.path) == ["a", "b"] && good.files.map(\.size) == [3, 9])
        #expect(
            good.files[0].checksum == .gitBlob(blob) && good.files[1].checksum == .sha256(digest.lowercased())
        )
        for bad in [
            #"{"rfilename": "a", "size": 3}"#, #"{"rfilename": "a", "blobId": "\#(blob)"}"#,
            #"{"rfilename": "a", "size": -1, "blobId": "\#(blob)"}"#, #"{"size": 3}"#,
            #"{"rfilename": "a", "size": 3, "blobId": "\#(blob)", "lfs": {"size": 9}}"#,
            #"{"rfilename": "a", "size": 3, "blobId": "\#(blob)"}, {"rfilename": "A", "size": 3, "blobId": "\#(blob)"}"#,
        ] { #expect(throws: DownloadError.self, "\(bad)") { try listing(bad) } }
        for text in ["", "[]", "{}", #"{"sha": "../x", "siblings": []}"#] {
            #expect(throws: DownloadError.self) {
                try HubListing(json: Data(text.utf8), from: URL(filePath: "/x"))
            }
        }
    }

    /// The examples of FIPS 180's companion document, and names that git gives.
    @Test func gitsNamesOfFiles() {
        var hash = SHA1()
        hash.add(Array("abc".utf8))
        #expect(hash.hexadecimal() == "a9993e364706816aba3e25717850c26c9cd0d89d")
        var long = SHA1()
        for _ in 0..<1000 { long.add([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect(long.hexadecimal() == "34aa973cd4c4daa4f61eeb2bdbad27316534016f")
        #expect(SHA1.gitBlob([]) == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391")
        #expect(SHA1.gitBlob(Array("hello world\n".utf8)) == "3b18e512dba79e4c8300dd08aeb37f8e728b8dad")
    }
}

@Suite struct FileSelectionTests {
    private func chosen(
        _ paths: [String], variant: String? = nil, include: [String] = []
    ) throws -> [String] {
        let files = paths.map { HubFile(path: $0, size: 1, checksum: .gitBlob("")) }
        return try FileSelection(variant: variant, include: include)
            .chosen(from: files, of: HubRepository("a/b")).map(\.path)
    }

    private static let sdxl = [
        ".gitattributes", "README.md", "model_index.json", "sd_xl_base_1.0.safetensors",
        "scheduler/scheduler_config.json", "text_encoder/config.json", "text_encoder/flax_model.msgpack",
        "text_encoder/model.fp16.safetensors", "text_encoder/model.onnx", "text_encoder/model.safetensors",
        "text_encoder/openvino_model.bin", "text_encoder/pytorch_model.bin", "tokenizer/merges.txt",
        "tokenizer/vocab.json", "unet/config.json", "unet/diffusion_pytorch_model.fp16.safetensors",
        "unet/diffusion_pytorch_model.safetensors", "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors", "vae_1_0/diffusion_pytorch_model.safetensors",
    ]

    @Test func plainSafetensorsAreTaken() throws {
        #expect(
            try chosen(Self.sdxl) == [
                "model_index.json", "scheduler/scheduler_config.json", "text_encoder/config.json",
                "text_encoder/model.safetensors", "tokenizer/merges.txt", "tokenizer/vocab.json",
                "unet/config.json",
                "unet/diffusion_pytorch_model.safetensors", "vae/config.json",
                "vae/diffusion_pytorch_model.safetensors",
            ])
    }

    @Test func aVariantIsTakenWhereThereIsOne() throws {
        let half = try chosen(Self.sdxl, variant: "fp16").filter { $0.hasSuffix(".safetensors") }
        #expect(
            half == [
                "text_encoder/model.fp16.safetensors", "unet/diffusion_pytorch_model.fp16.safetensors",
                "vae/diffusion_pytorch_model.safetensors",
            ])
        let error = #expect(throws: DownloadError.self) { try chosen(Self.sdxl, variant: "fp61") }
        #expect(error?.advice.contains("did you mean \"fp16\"?") == true, "\(error?.advice ?? [])")
    }

    @Test func picklesAreTakenOnlyWhenThereIsNothingElse() throws {
        let old = ["model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.bin"]
        #expect(try chosen(old) == old)
    }

    @Test func shardsComeWithTheirTable() throws {
        let shards = [
            "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model-00001-of-00002.safetensors",
            "unet/diffusion_pytorch_model-00002-of-00002.safetensors",
            "unet/diffusion_pytorch_model.safetensors.index.json",
        ]
        let half = [
            "unet/diffusion_pytorch_model.fp16-00001-of-00001.safetensors",
            "unet/diffusion_pytorch_model.safetensors.index.fp16.json",
        ]
        #expect(try chosen(shards + half) == shards)
        #expect(try chosen(shards + half, variant: "fp16") == shards.prefix(2) + half)
    }

    @Test func oneFileOrOneComponent() throws {
        #expect(try chosen(["README.md", "v1-5.ckpt", "v1-5.safetensors"]) == ["v1-5.safetensors"])
        #expect(try chosen(["README.md", "v1-5.ckpt"]) == ["v1-5.ckpt"])
        let vae = [
            "README.md", "config.json", "diffusion_pytorch_model.bin", "diffusion_pytorch_model.safetensors",
        ]
        #expect(try chosen(vae) == ["config.json", "diffusion_pytorch_model.safetensors"])
        let several = #expect(throws: DownloadError.self) { try chosen(["a.safetensors", "b.safetensors"]) }
        #expect(several?.advice.first?.contains("--include a.safetensors") == true)
        #expect(throws: DownloadError.self) { try chosen(["README.md"]) }
        #expect(throws: DownloadError.self) { try chosen(["model_index.json", "unet/config.json"]) }
    }

    @Test func patterns() throws {
        #expect(try chosen(Self.sdxl, include: ["vae*/*.safetensors", "README.??"]).count == 3)
        for (text, pattern, fits) in [
            ("abc", "a*c", true), ("abc", "*", true), ("abc", "a?", false), ("", "*", true),
            ("abab", "*ab", true),
            ("aXbXc", "a*b*c", true), ("abc", "abc*", true), ("abc", "", false), ("a/b", "*b", true),
        ] { #expect(FileSelection.matches(text, pattern: pattern) == fits, "\(text) \(pattern)") }
    }
}
