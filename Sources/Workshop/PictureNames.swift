import DurableFiles
import Foundation

/// Where pictures go: the names that users give, and names made from prompts.
struct PictureNames {
    let surroundings: Surroundings

    /// The file that a picture of `prompt` is meant for, before looking whether the name is free.
    ///
    /// `output` is a file ending in `.png`, a folder (there already, or named with a slash at the end), or nil
    ///   for a name made from the prompt in the current folder.
    /// - Throws: `WorkshopError.wrongEnding` for other kinds of files.
    func file(for prompt: String, output: String?) throws(WorkshopError) -> URL {
        let name = Self.slug(prompt) + ".png"
        guard let output else {
            return surroundings.currentFolder.appending(path: name, directoryHint: .notDirectory)
        }
        let url = surroundings.url(output)
        var isFolder = ObjCBool(false)
        let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
        if output.hasSuffix("/") || (exists && isFolder.boolValue) {
            return url.appending(path: name, directoryHint: .notDirectory)
        }
        guard url.pathExtension.lowercased() == "png" else {
            throw .wrongEnding(url, what: "a picture with its settings inside", expected: [".png"])
        }
        return url
    }

    /// A file name from the first words of a prompt: letters, digits and hyphens, at most 60.
    static func slug(_ prompt: String) -> String {
        var slug = ""
        for character in prompt.lowercased() {
            if slug.count >= 60 { break }
            if character.isLetter || character.isNumber {
                slug.append(character)
            } else if !slug.isEmpty, slug.last != "-" {
                slug.append("-")
            }
        }
        while slug.last == "-" { slug.removeLast() }
        // A name may have at most 255 bytes, and letters may have several each.
        while slug.utf8.count > 200 { slug.removeLast() }
        return slug.isEmpty ? "picture" : slug
    }

    /// Creates the folder that a file is to go into.
    /// - Throws: `WorkshopError.inTheWay` when that cannot be.
    static func makeFolder(of file: URL) throws(WorkshopError) {
        let folder = file.deletingLastPathComponent()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .inTheWay(folder, expected: "a folder that can be written to")
        }
    }
}
