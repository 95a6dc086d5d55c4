public import Diagnostics

/// What can go wrong with a folder or tar file of pictures.
public enum PictureDataError: ActionableError, Equatable {
    /// A file or folder cannot be read.
    case unreadable(path: String, reason: String)
    /// Neither a file nor a folder of pictures has this path.
    case missing(path: String, nearest: String?)
    /// There is nothing to learn from.
    case noPictures(source: String, ignored: Int)
    /// A line of a metadata file says nothing that can be used.
    case badMetadata(file: String, line: Int, reason: String)
    /// A line of a metadata file names something outside of its folder.
    case unsafeName(file: String, line: Int, name: String)
    /// A picture has no caption, and the recipe wants one.
    case noCaption(source: String, name: String, count: Int)
    /// A picture cannot be used, and the recipe wants to hear of it.
    case brokenPicture(source: String, name: String, reason: String)
    /// Not one picture of a source can be used.
    case allBroken(source: String, count: Int, example: String)
    /// Pictures look alike, and the recipe wants to hear of it; `count` is how many would go if one of each were kept.
    case nearDuplicates(source: String, name: String, twin: String, count: Int)
    /// Every picture of a source looks like one of an earlier source, and such are left out.
    case allTwins(source: String, count: Int)
    /// A tar file ends before its end mark.
    case truncatedTar(path: String, offset: Int)
    /// A tar file contradicts its format.
    case damagedTar(path: String, offset: Int, reason: String)
    /// A compressed file stands where a tar file is expected.
    case compressedTar(path: String, how: String)

    /// What is wrong, in one sentence.
    public var summary: String {
        switch self {
        case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
        case .missing(let path, _): "There is nothing at \(path)."
        case .noPictures(let source, let ignored):
            "\(source) holds no PNG, JPEG or WebP picture"
                + (ignored == 0 ? "." : "; \(ignored) other files were passed over.")
        case .badMetadata(let file, let line, let reason): "\(file), line \(line): \(reason)."
        case .unsafeName(let file, let line, let name):
            "\(file), line \(line): expected a file name within the folder, found \"\(name)\"."
        case .noCaption(let source, let name, let count):
            count > 1
                ? "\(count) pictures of \(source) have no caption; the first is \(name)."
                : "\(name) of \(source) has no caption."
        case .brokenPicture(let source, let name, let reason):
            "\(name) of \(source) cannot be used: \(reason)."
        case .allBroken(let source, let count, let example):
            "None of the \(count) pictures of \(source) can be used; the last one tried: \(example)."
        case .nearDuplicates(let source, let name, let twin, let count):
            "\(name) of \(source) looks like \(twin)"
                + (count > 1 ? ", and \(count - 1) more pictures look like earlier ones." : ".")
        case .allTwins(let source, let count):
            "Nothing is left of \(source): all its \(count) pictures look like earlier ones."
        case .truncatedTar(let path, let offset):
            "\(path) is not whole: it ends at byte \(offset), before the end mark of a tar file."
        case .damagedTar(let path, let offset, let reason):
            "\(path) is no sound tar file: at byte \(offset), \(reason)."
        case .compressedTar(let path, let how): "\(path) is compressed (\(how)); expected a plain tar file."
        }
    }

    /// What to do about it.
    public var advice: [String] {
        switch self {
        case .unreadable: ["Check the path and its permissions."]
        case .missing(_, let nearest):
            (nearest.map { ["Did you mean \($0)?"] } ?? [])
                + ["Relative paths start from the folder that the command runs in."]
        case .noPictures:
            [
                "Put pictures that end in .png, .jpg, .jpeg or .webp there, in any depth, or name another place."
            ]
        case .badMetadata:
            ["Each line is one JSON object such as {\"file_name\": \"a/1.jpg\", \"text\": \"a red house\"}."]
        case .unsafeName: ["Write the path from the folder of the file, without a leading slash and \"..\"."]
        case .noCaption:
            [
                "Write the caption into a file of the same name that ends in .txt.",
                "Or set \"captions\" to \"empty\" or \"fileName\".",
            ]
        case .brokenPicture:
            [
                "Mend or remove the file; darkroom data check lists them all.",
                "Or set \"broken\" to \"skip\".",
            ]
        case .allBroken: ["Look at one of them; darkroom data check says what is wrong with each."]
        case .nearDuplicates:
            [
                "darkroom data check lists them, and with -o twins.png draws them.",
                "Or set \"nearDuplicates\" to \"skip\", \"report\" or \"ignore\".",
            ]
        case .allTwins: ["Leave the source out, or set its \"nearDuplicates\" to \"report\"."]
        case .truncatedTar: ["Copy or download the file again."]
        case .damagedTar: ["Copy the file again, or pack it anew: tar --create --file shard.tar …"]
        case .compressedTar:
            ["Unpack it first: tar files of pictures hardly shrink, and random access needs them plain."]
        }
    }
}
