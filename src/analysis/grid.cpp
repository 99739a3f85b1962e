#include <proj.h>

#include <memory>
#include <numbers>

#include "analysis/analysis.hpp"
#include "base/result.hpp"

/// The British National Grid in degrees.
namespace concord::analysis {
namespace {

/// Transverse Mercator on Airy's figure, then the seven parameters of the Ordnance Survey: needs no database of PROJ.
constexpr const char* steps =
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 +y_0=-100000 +ellps=airy "
    "+step +proj=cart +ellps=airy "
    "+step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 +s=-20.489 +convention=position_vector "
    "+step +inv +proj=cart +ellps=WGS84";

struct EndContext {
    void operator()(PJ_CONTEXT* context) const { proj_context_destroy(context); }
};
struct EndSum {
    void operator()(PJ* sum) const { proj_destroy(sum); }
};

}  // namespace

Point from_grid(double easting, double northing) {
    const std::unique_ptr<PJ_CONTEXT, EndContext> context{proj_context_create()};
    const std::unique_ptr<PJ, EndSum> sum{proj_create(context.get(), steps)};
    if (!sum) throw Failure{"PROJ cannot make the British National Grid"};
    const PJ_COORD at = proj_trans(sum.get(), PJ_FWD, proj_coord(easting, northing, 0, 0));
    return {at.lp.lam * 180 / std::numbers::pi, at.lp.phi * 180 / std::numbers::pi};
}

}  // namespace concord::analysis
