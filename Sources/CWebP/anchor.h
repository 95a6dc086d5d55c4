#pragma once
// Where libwebp, its muxer and its demuxer are; only CImageCodecs calls them.
#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>
#include <webp/mux.h>
