// swift-tools-version: 6.2
// Darkroom: text-to-image diffusion in Swift. One block per floor, in the order of ARCHITECTURE.md.
import Foundation
import PackageDescription

/// One array for every Swift target: language mode 6 and three upcoming features, no platform forks. `.ci/run` sets
/// DARKROOM_STRICT, which makes every warning an error.
let strict = Context.environment["DARKROOM_STRICT"] == "1"
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

/// Executables and tests find libtorch where `Scripts/bootstrap` put it. Libraries carry no unsafe flags, so that
/// other packages can depend on them.
let rpath: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", Context.packageDirectory + "/.deps/libtorch/lib"])
]

/// True when the folder of a target exists (scaffolding 2; build with `--manifest-cache none` after adding a folder).
func exists(_ folder: String) -> Bool {
    FileManager.default.fileExists(atPath: Context.packageDirectory + "/" + folder)
}
func floor(_ name: String, _ dependencies: [String] = [], products: [Target.Dependency] = [],
           resources: [Resource]? = nil) -> [Target] {
    guard exists("Sources/" + name) else { return [] }
    return [
        .target(
            name: name,
            dependencies: dependencies.filter { exists("Sources/" + $0) }.map { .target(name: $0) } + products,
            resources: resources, swiftSettings: settings)
    ]
}
func tests(_ name: String, _ dependencies: [String], resources: [Resource]? = nil) -> [Target] {
    guard exists("Tests/" + name) else { return [] }
    return [
        .testTarget(
            name: name,
            dependencies: dependencies.filter { exists("Sources/" + $0) || exists("Tests/" + $0) }
                .map { .target(name: $0) },
            resources: resources, swiftSettings: settings, linkerSettings: rpath)
    ]
}
func library(_ name: String, pkgConfig: String, apt: String, brew: String) -> [Target] {
    guard exists("Sources/" + name) else { return [] }
    return [.systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])]
}
func cxx(_ name: String, _ dependencies: [String], linking libraries: [String] = []) -> [Target] {
    guard exists("Sources/" + name) else { return [] }
    return [
        .target(
            name: name, dependencies: dependencies.filter { exists("Sources/" + $0) }.map { .target(name: $0) },
            linkerSettings: libraries.map { .linkedLibrary($0) })
    ]
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

var targets: [Target] = []
// Floor 0: C libraries behind C headers, and how failures speak.
targets += library("CTorch", pkgConfig: "darkroom-libtorch", apt: "libtorch-dev", brew: "pytorch")
targets += library("CPNG", pkgConfig: "libpng", apt: "libpng-dev", brew: "libpng")
targets += library("CJPEG", pkgConfig: "libjpeg", apt: "libjpeg62-turbo-dev", brew: "jpeg-turbo")
targets += library("CWebP", pkgConfig: "libwebpmux", apt: "libwebp-dev", brew: "webp")
targets += library("CLCMS", pkgConfig: "lcms2", apt: "liblcms2-dev", brew: "little-cms2")
targets += library("CFreeType", pkgConfig: "freetype2", apt: "libfreetype-dev", brew: "freetype")
targets += cxx("CTorchShim", ["CTorch"])
targets += cxx("CKernels", ["CTorch"])
targets += cxx("CImageCodecs", ["CPNG", "CJPEG", "CWebP", "CLCMS", "CFreeType"], linking: ["webpdemux", "z", "m"])
targets += floor("Diagnostics")
targets += floor("DurableFiles", ["Diagnostics"])
// Floor 1
targets += floor("NoiseSchedules", ["Diagnostics"])
targets += floor("Tokenizers", ["Diagnostics"])
targets += floor("WeightFiles", ["DurableFiles", "Diagnostics"])
targets += floor("Images", ["CImageCodecs", "DurableFiles", "Diagnostics"])
targets += floor("Recipes", ["Diagnostics"])
targets += floor("Tensors", ["CTorchShim", "CKernels", "Diagnostics"])
// Floor 2
targets += floor("Layers", ["Tensors", "Diagnostics"])
targets += floor("Datasets", ["Images", "WeightFiles", "DurableFiles", "Diagnostics"])
// Floor 3
targets += floor("Networks", ["Recipes", "Layers", "Tensors", "Diagnostics"])
targets += floor("Diffusion", ["Tensors", "NoiseSchedules", "Recipes", "Diagnostics"])
// Floor 4
targets += floor("Checkpoints", ["Layers", "Tensors", "WeightFiles", "DurableFiles", "Diagnostics"])
targets += floor("Optimizers", ["Layers", "Tensors", "Recipes", "Diagnostics"])
targets += floor("Insight", ["Layers", "Diffusion", "NoiseSchedules", "Tensors", "Images", "Datasets", "Diagnostics"])
// Floor 5
targets += floor(
    "Pipelines",
    ["Networks", "Diffusion", "Checkpoints", "Layers", "NoiseSchedules", "Tokenizers", "WeightFiles", "Tensors",
     "Images", "Recipes", "Diagnostics"])
targets += floor(
    "Training",
    ["Networks", "Diffusion", "Checkpoints", "Optimizers", "Layers", "NoiseSchedules", "Datasets", "Tokenizers",
     "WeightFiles", "DurableFiles", "Tensors", "Images", "Recipes", "Diagnostics"])
// Floor 6
targets += floor(
    "Workshop",
    ["Pipelines", "Training", "Insight", "Diffusion", "NoiseSchedules", "Checkpoints", "Layers", "Datasets",
     "Tensors", "Images", "DurableFiles", "Recipes", "Diagnostics"])
// Floor 8
if exists("Sources/CLI") {
    targets.append(
        .executableTarget(
            name: "CLI",
            dependencies: ["Workshop", "Recipes", "Diagnostics"].filter { exists("Sources/" + $0) }
                .map { .target(name: $0) } + [argumentParser],
            swiftSettings: settings, linkerSettings: rpath))
}
// Tests
targets += exists("Tests/TestSupport")
    ? [.target(
        name: "TestSupport",
        dependencies: ["Tensors", "WeightFiles", "Diagnostics"].filter { exists("Sources/" + $0) }
            .map { .target(name: $0) },
        path: "Tests/TestSupport", swiftSettings: settings)] : []
let fixtures: [Resource] = [.copy("Fixtures")]
targets += tests("DiagnosticsTests", ["Diagnostics"])
targets += tests("DurableFilesTests", ["DurableFiles", "Diagnostics"])
targets += tests("NoiseSchedulesTests", ["NoiseSchedules", "Diagnostics"],
                 resources: exists("Tests/NoiseSchedulesTests/Fixtures") ? fixtures : nil)
targets += tests("TokenizersTests", ["Tokenizers", "Diagnostics"],
                 resources: exists("Tests/TokenizersTests/Fixtures") ? fixtures : nil)
targets += tests("WeightFilesTests", ["WeightFiles", "DurableFiles", "Diagnostics"],
                 resources: exists("Tests/WeightFilesTests/Fixtures") ? fixtures : nil)
targets += tests("ImagesTests", ["Images", "DurableFiles", "Diagnostics"],
                 resources: exists("Tests/ImagesTests/Fixtures") ? fixtures : nil)
targets += tests("RecipesTests", ["Recipes", "Diagnostics"])
targets += tests("TensorsTests", ["Tensors", "TestSupport", "Diagnostics"])
targets += tests("LayersTests", ["Layers", "Tensors", "TestSupport", "Diagnostics"])
targets += tests("DatasetsTests", ["Datasets", "Images", "Diagnostics"])
targets += tests("DiffusionTests",
                 ["Diffusion", "NoiseSchedules", "Recipes", "Tensors", "WeightFiles", "TestSupport", "Diagnostics"],
                 resources: exists("Tests/DiffusionTests/Fixtures") ? fixtures : nil)
targets += tests("CheckpointsTests", ["Checkpoints", "Layers", "Tensors", "WeightFiles", "TestSupport", "Diagnostics"])
targets += tests("OptimizersTests", ["Optimizers", "Layers", "Tensors", "Recipes", "TestSupport", "Diagnostics"],
                 resources: exists("Tests/OptimizersTests/Fixtures") ? fixtures : nil)
targets += tests("GoldenTests",
                 ["Networks", "Layers", "Tensors", "Recipes", "TestSupport", "Diagnostics"],
                 resources: exists("Tests/GoldenTests/Fixtures") ? fixtures : nil)
targets += tests("InsightTests",
                 ["Insight", "Diffusion", "NoiseSchedules", "Tensors", "Images", "WeightFiles", "TestSupport",
                  "Diagnostics"])
targets += tests("PipelinesTests",
                 ["Pipelines", "Networks", "Diffusion", "Checkpoints", "Layers", "Tensors", "Images", "Recipes",
                  "TestSupport", "Diagnostics"])
targets += tests("TrainingTests",
                 ["Training", "Networks", "Diffusion", "Checkpoints", "Optimizers", "Layers", "Datasets", "Tensors",
                  "WeightFiles", "Recipes", "TestSupport", "Diagnostics"])
targets += exists("Tests/ModelSupport")
    ? [.target(
        name: "ModelSupport",
        dependencies: ["Training", "Checkpoints", "Networks", "Layers", "Tensors", "Recipes"]
            .filter { exists("Sources/" + $0) }.map { .target(name: $0) },
        path: "Tests/ModelSupport", swiftSettings: settings)] : []
targets += tests("WorkshopTests",
                 ["Workshop", "Datasets", "Tensors", "Recipes", "Images", "ModelSupport", "Diagnostics"])
targets += tests("CLITests", ["CLI", "ModelSupport", "Recipes", "Diagnostics"])

/// Every module above the C floor is a library of its own, for other packages to choose from.
let libraries: [Product] = targets
    .filter { $0.type == .regular && $0.path == nil && !$0.name.hasPrefix("C") || $0.name == "Checkpoints" }
    .map { .library(name: $0.name, targets: [$0.name]) }

let package = Package(
    name: "darkroom",
    platforms: [.macOS(.v15)],
    products: libraries + (exists("Sources/CLI") ? [.executable(name: "darkroom", targets: ["CLI"])] : []),
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    ],
    targets: targets,
    cxxLanguageStandard: .cxx20
)
