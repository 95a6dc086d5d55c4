import Foundation
import ModelSupport

@testable import Workshop

extension TinyModel {
    /// A workshop with the tiny model on its shelf.
    static func workshop(in folder: TemporaryFolder) throws -> Workshop {
        try write(to: folder.file("Models/tiny.safetensors"))
        return Workshop(
            Surroundings(
                currentFolder: folder.url, homeFolder: folder.url.appending(path: "home"),
                executable: folder.file("bin/darkroom"), freshSeed: { 99 }))
    }
}
