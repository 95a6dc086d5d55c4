// swift-tools-version: 6.2
// Darkroom: text-to-image diffusion in Swift. One block per floor, in the order of ARCHITECTURE.md; what a target
// declares here is what the table there allows (`make lint` compares them).
import PackageDescription

// One array for every Swift target: language mode 6 and three upcoming features, no platform forks. `.ci/run` sets
// DARKROOM_STRICT, which makes every warning an error.
let strict = Context.environment["DARKROOM_STRICT"] == "1"
let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

// Executables and tests find libtorch where `Scripts/bootstrap` put it. Libraries carry no unsafe flags, so that
// other packages can depend on them.
let rpath: [LinkerSetting] = [
    .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", Context.packageDirectory + "/.deps/libtorch/lib"])
]

/// A library that pkg-config finds.
func system(_ name: String, pkgConfig: String, apt: String? = nil, brew: String? = nil) -> Target {
    let providers =
        (apt.map { [.apt([$0])] } ?? []) + (brew.map { [.brew([$0])] } ?? []) as [SystemPackageProvider]
    return .systemLibrary(name: name, pkgConfig: pkgConfig, providers: providers.isEmpty ? nil : providers)
}

/// C or C++ behind a C header; `declarations` are folders of it with headers that a library mentions but does not ship.
func shim(
    _ name: String, _ dependencies: [String], linking libraries: [String] = [], declarations: [String] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .target(name: $0) },
        exclude: declarations.map { $0 + "/gloo/README.md" },
        cxxSettings: declarations.map { .headerSearchPath($0) },
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// A Swift module.
func floor(_ name: String, _ dependencies: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies.map { .target(name: $0) }, swiftSettings: settings)
}

/// What several test targets share.
func support(_ name: String, _ dependencies: [String]) -> Target {
    .target(
        name: name, dependencies: dependencies.map { .target(name: $0) }, path: "Tests/" + name,
        swiftSettings: settings)
}

/// The tests of a module; `fixtures` copies its folder of that name.
func tests(_ name: String, _ dependencies: [String], fixtures: Bool = false) -> Target {
    .testTarget(
        name: name, dependencies: dependencies.map { .target(name: $0) },
        resources: fixtures ? [.copy("Fixtures")] : nil, swiftSettings: settings, linkerSettings: rpath)
}

let ground: [Target] = [
    system("CTorch", pkgConfig: "darkroom-libtorch"),
    system("CPNG", pkgConfig: "libpng", apt: "libpng-dev", brew: "libpng"),
    system("CJPEG", pkgConfig: "libjpeg", apt: "libjpeg62-turbo-dev", brew: "jpeg-turbo"),
    system("CWebP", pkgConfig: "libwebpmux", apt: "libwebp-dev", brew: "webp"),
    system("CLCMS", pkgConfig: "lcms2", apt: "liblcms2-dev", brew: "little-cms2"),
    system("CFreeType", pkgConfig: "freetype2", apt: "libfreetype-dev", brew: "freetype"),
    system("CHarfBuzz", pkgConfig: "harfbuzz", apt: "libharfbuzz-dev", brew: "harfbuzz"),
    shim("CTorchShim", ["CTorch"], declarations: ["declarations"]),
    shim("CKernels", ["CTorch"]),
    shim(
        "CImageCodecs", ["CPNG", "CJPEG", "CWebP", "CLCMS", "CFreeType", "CHarfBuzz"],
        linking: ["webpdemux", "z", "m"]),
]

let modules: [Target] = [
    // Floor 0: how failures speak, and how files reach the disk.
    floor("Diagnostics"),
    floor("DurableFiles", ["Diagnostics"]),
    // Floor 1: one subject each; dry except for Tensors.
    floor("NoiseSchedules", ["Diagnostics"]),
    floor("Tokenizers", ["Diagnostics"]),
    floor("WeightFiles", ["DurableFiles", "Diagnostics"]),
    floor("Images", ["CImageCodecs", "DurableFiles", "Diagnostics"]),
    floor("Recipes", ["Diagnostics"]),
    floor("Tensors", ["CTorchShim", "CKernels", "Diagnostics"]),
    // Floor 2: what networks are made of, and what they learn from.
    floor("Layers", ["Tensors", "Diagnostics"]),
    floor("Downloads", ["DurableFiles", "Diagnostics"]),
    floor("Datasets", ["Images", "WeightFiles", "DurableFiles", "Diagnostics"]),
    // Floor 3: architectures and mathematics, which do not see each other.
    floor("Networks", ["Layers", "Tensors", "Recipes", "Diagnostics"]),
    floor("Diffusion", ["Tensors", "NoiseSchedules", "Recipes", "Diagnostics"]),
    // Floor 4: around a network.
    floor("Checkpoints", ["Layers", "Tensors", "WeightFiles", "DurableFiles", "Diagnostics"]),
    floor("Optimizers", ["Layers", "Tensors", "Recipes", "Diagnostics"]),
    floor(
        "Insight", ["Layers", "Diffusion", "NoiseSchedules", "Tensors", "Images", "Datasets", "Diagnostics"]),
    // Floor 5: the two flows.
    floor(
        "Pipelines",
        [
            "Networks", "Diffusion", "Checkpoints", "Layers", "NoiseSchedules", "Tokenizers", "WeightFiles",
            "Tensors",
            "Images", "Recipes", "Diagnostics",
        ]),
    floor(
        "Training",
        [
            "Networks", "Diffusion", "Checkpoints", "Optimizers", "Layers", "NoiseSchedules", "Datasets",
            "Tokenizers",
            "WeightFiles", "DurableFiles", "Tensors", "Images", "Recipes", "Diagnostics",
        ]),
    floor(
        "Evaluation",
        ["Networks", "Checkpoints", "Layers", "Datasets", "Tensors", "Images", "Recipes", "Diagnostics"]),
    // Floor 6: what runs now.
    floor(
        "Workshop",
        [
            "Pipelines", "Training", "Evaluation", "Insight", "Diffusion", "NoiseSchedules", "Checkpoints",
            "Layers", "Datasets", "Downloads",
            "Tensors", "Images", "DurableFiles", "Recipes", "Diagnostics",
        ]),
]

// Floor 8: the street door.
let door = Target.executableTarget(
    name: "CLI",
    dependencies: [
        .target(name: "Workshop"), .target(name: "Recipes"), .target(name: "Diagnostics"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
    ],
    swiftSettings: settings, linkerSettings: rpath)

let proofs: [Target] = [
    support("TestSupport", ["Tensors", "WeightFiles", "Diagnostics"]),
    support("ModelSupport", ["Training", "Checkpoints", "Networks", "Layers", "Tensors", "Recipes"]),
    tests("DiagnosticsTests", ["Diagnostics"]),
    tests("DurableFilesTests", ["DurableFiles", "Diagnostics"]),
    tests("NoiseSchedulesTests", ["NoiseSchedules", "Diagnostics"], fixtures: true),
    tests("TokenizersTests", ["Tokenizers", "Diagnostics"], fixtures: true),
    tests("WeightFilesTests", ["WeightFiles", "DurableFiles", "Diagnostics"], fixtures: true),
    tests("ImagesTests", ["Images", "DurableFiles", "Diagnostics"], fixtures: true),
    tests("RecipesTests", ["Recipes", "Diagnostics"]),
    tests("TensorsTests", ["Tensors", "TestSupport", "Diagnostics"]),
    tests("LayersTests", ["Layers", "Tensors", "TestSupport", "Diagnostics"]),
    tests("DownloadsTests", ["Downloads", "DurableFiles", "Diagnostics"], fixtures: true),
    tests("DatasetsTests", ["Datasets", "Images", "Diagnostics"], fixtures: true),
    tests(
        "DiffusionTests",
        [
            "Diffusion", "NoiseSchedules", "Recipes", "Tensors", "Images", "WeightFiles", "TestSupport",
            "Diagnostics",
        ],
        fixtures: true),
    tests(
        "CheckpointsTests",
        ["Checkpoints", "Layers", "Tensors", "WeightFiles", "TestSupport", "Diagnostics"],
        fixtures: true),
    tests(
        "OptimizersTests", ["Optimizers", "Layers", "Tensors", "Recipes", "TestSupport", "Diagnostics"],
        fixtures: true),
    tests(
        "GoldenTests", ["Networks", "Layers", "Tensors", "Recipes", "TestSupport", "Diagnostics"],
        fixtures: true),
    tests(
        "InsightTests",
        [
            "Insight", "Diffusion", "NoiseSchedules", "Tensors", "Images", "WeightFiles", "TestSupport",
            "Diagnostics",
        ]),
    tests(
        "PipelinesTests",
        [
            "Pipelines", "Networks", "Diffusion", "NoiseSchedules", "Checkpoints", "Layers", "Tokenizers",
            "Tensors", "Images", "WeightFiles", "Recipes", "TestSupport", "Diagnostics",
        ], fixtures: true),
    tests(
        "TrainingTests",
        [
            "Training", "Networks", "Diffusion", "Checkpoints", "Optimizers", "Layers", "Datasets", "Tensors",
            "Images", "WeightFiles", "Recipes", "TestSupport", "Diagnostics",
        ], fixtures: true),
    tests(
        "EvaluationTests",
        [
            "Evaluation", "Training", "Networks", "Checkpoints", "Layers", "Datasets", "Tensors", "Images",
            "Recipes", "TestSupport", "Diagnostics",
        ], fixtures: true),
    tests(
        "WorkshopTests",
        [
            "Workshop", "Evaluation", "Datasets", "Tensors", "Recipes", "Images", "DurableFiles",
            "ModelSupport",
            "Diagnostics",
        ]),
    tests(
        "CLITests",
        [
            "CLI", "ModelSupport", "Checkpoints", "WeightFiles", "Tensors", "Recipes", "TestSupport",
            "Diagnostics",
        ]),
]

// DARKROOM_ONLY=GoldenTests,TensorsTests builds those targets and what they need, nothing else: for quick rounds.
let everything = ground + modules + [door] + proofs
let wanted = Context.environment["DARKROOM_ONLY"].map { only in
    var wanted = Set(only.split(separator: ",").map(String.init))
    for target in everything.reversed() where wanted.contains(target.name) {
        wanted.formUnion(
            target.dependencies.compactMap { if case .targetItem(let name, _) = $0 { name } else { nil } })
    }
    return wanted
}
let targets = everything.filter { wanted?.contains($0.name) ?? true }

let package = Package(
    name: "darkroom",
    platforms: [.macOS(.v15)],
    products: targets.compactMap { target in
        switch target.name {
        case door.name: .executable(name: "darkroom", targets: [door.name])
        case let name where modules.contains { $0.name == name }: .library(name: name, targets: [name])
        default: nil
        }
    },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: targets,
    cxxLanguageStandard: .cxx20
)
