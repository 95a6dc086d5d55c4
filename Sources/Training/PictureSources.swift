public import Datasets
public import Foundation
import Images
public import Recipes

/// Opens the folders and shards that a recipe names.
public enum PictureSources {
    /// The pictures of a source of data, with the rules for using them; nil for scenes.
    ///
    /// `locate` says where a path of the recipe leads; `cache` is a folder for tables of tar files, nil keeps none.
    /// - Throws: `PictureDataError` when there is nothing usable.
    public static func open(
        _ source: DataSource, locate: (String) -> URL, cache: URL? = nil
    ) throws -> (source: any PictureSource, rules: PictureRules)? {
        switch source.kind {
        case .scenes, .world: return nil
        case .folder(let folder):
            return (try PictureFolder(locate(folder.path), named: folder.path), folder.rules)
        case .shards(let shards):
            let title = shards.files.count == 1 ? shards.files.first : nil
            return (
                try ShardSet(shards.files.map(locate), named: title, cache: cache), shards.rules
            )
        }
    }
}

extension DataSource {
    /// The rules for using a source's pictures; nil for worlds.
    var rules: PictureRules? {
        switch kind {
        case .scenes, .world: nil
        case .folder(let folder): folder.rules
        case .shards(let shards): shards.rules
        }
    }
}

extension PictureExamples.Options {
    /// The options that a recipe's rules ask for.
    public init(_ rules: PictureRules) {
        self.init()
        shaping.background = Color(hex: rules.backgroundNumber)
        shaping.cropsAnywhere = rules.crop == .random
        shaping.flipShare = rules.flip
        skipsBroken = rules.broken == .skip
        maximumPixels = rules.maximumPixels
        missingWords =
            switch rules.captions {
            case .empty: .empty
            case .fileName: .fileName
            case .error: .error
            }
    }
}

extension AspectBuckets {
    /// The sizes that a recipe's plan has at a resolution.
    public init(_ plan: BucketPlan, resolution: Int) {
        self.init(plan.sizes(resolution: resolution).map { (width: $0.width, height: $0.height) })
    }
}
