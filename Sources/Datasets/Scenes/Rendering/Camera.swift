/// Where the viewer stands and what part of the scene fills the frame.
struct Camera {
    let position: Vector
    let forward: Vector
    let right: Vector
    let up: Vector
    /// Half the frame's width at distance 1.
    let spread: Float

    init(position: Vector, target: Vector, spread: Float) {
        self.position = position
        self.spread = spread
        forward = (target - position).normalized
        right = Vector(0, 1, 0).cross(forward).normalized
        up = forward.cross(right)
    }

    /// The ray through a point of the frame; both coordinates in -1...1, `y` upward.
    @inline(__always) func ray(_ x: Float, _ y: Float) -> Ray {
        Ray(origin: position, direction: (forward + (right * x + up * y) * spread).normalized)
    }
}
