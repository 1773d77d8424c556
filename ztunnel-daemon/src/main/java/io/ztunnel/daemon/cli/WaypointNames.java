package io.ztunnel.daemon.cli;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * By which name a waypoint is shown: that of the first service that has the destination as its
 * {@code namespace/hostname} or as one of its VIPs.
 */
final class WaypointNames {
    private final Map<String, String> names = new HashMap<>();

    WaypointNames(List<JsonObject> services) {
        for (JsonObject service : services) {
            String name = service.text("name");
            names.putIfAbsent(service.text("namespace") + "/" + service.text("hostname"), name);
            for (String vip : service.texts("vips")) {
                names.putIfAbsent(vip, name);
            }
        }
    }

    /**
     * @param bound a service or a workload
     * @return {@code None} without a waypoint, {@code NA} when no service known is it
     */
    String of(JsonObject bound) {
        JsonObject waypoint = bound.object("waypoint");
        return waypoint == null ? "None" : names.getOrDefault(waypoint.text("destination"), "NA");
    }
}
