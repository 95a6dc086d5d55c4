import DurableFiles
import Foundation
import Recipes
import Testing

@testable import Workshop

@Suite struct ModelFootprintTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file of `size` bytes, of which only a few are written.
    private func sparse(_ path: String, size: Int) throws -> URL {
        try folder.write("begin", to: path)
        let file = folder.file(path)
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: UInt64(size))
        try handle.close()
        return file
    }

    private func change(_ file: URL, at offset: Int) throws {
        let handle = try FileHandle(forWritingTo: file)
        try handle.seek(toOffset: UInt64(offset))
        try handle.write(contentsOf: Data([1]))
        try handle.close()
    }

    @Test func aSmallFileIsItsWholeSHA256() throws {
        try folder.write("abc", to: "model.safetensors")
        let print = try ModelFootprint(of: folder.file("model.safetensors")).mark()
        #expect(print == .sha256(SHA256.digits(of: Data("abc".utf8))))
    }

    @Test func aFolderIsAllItsFiles() throws {
        try folder.write("{}", to: "m/model_index.json")
        try folder.write("weights", to: "m/unet/diffusion_pytorch_model.safetensors")
        try folder.write("a picture", to: "m/sample.png")
        let model = folder.file("m")
        let first = ModelFootprint(of: model)
        #expect(first.files.map(\.path) == ["model_index.json", "unet/diffusion_pytorch_model.safetensors"])
        #expect(first.bytes == 9)
        let print = try first.mark()
        #expect(print.fingerprint?.count == 64 && print.sha256 == nil)
        try folder.write("another", to: "m/sample.png")
        #expect(try ModelFootprint(of: model).mark() == print, "pictures beside it do not count")
        try folder.write("Weights", to: "m/unet/diffusion_pytorch_model.safetensors")
        #expect(try ModelFootprint(of: model).mark() != print)
    }

    /// A gigabyte is not read through, and yet its beginning, its end and its middle count.
    @Test func aLargeFileIsSampled() throws {
        let size = ModelFootprint.readWhole * 4
        let file = try sparse("large.safetensors", size: size)
        var prints = [try ModelFootprint(of: file).mark()]
        #expect(prints[0].fingerprint?.count == 64, "what is not the file's SHA-256 is not called so")
        for offset in [0, size - 1, size / 2 - (size / 2) % 4096] {
            try change(file, at: offset)
            let print = try ModelFootprint(of: file).mark()
            if offset == 0 || offset == size - 1 { #expect(!prints.contains(print), "\(offset)") }
            prints.append(print)
        }
        let renamed = folder.file("renamed.safetensors")
        try FileManager.default.moveItem(at: file, to: renamed)
        #expect(try ModelFootprint(of: renamed).mark() == prints.last, "a name is not part of it")
        #expect(ModelFootprint(of: folder.file("none")).files.map(\.size) == [0])
    }
}
