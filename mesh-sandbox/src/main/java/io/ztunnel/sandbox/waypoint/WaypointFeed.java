package io.ztunnel.sandbox.waypoint;

import io.ztunnel.sandbox.ambient.MeshConfig;
import io.ztunnel.sandbox.ambient.MeshSettings;
import io.ztunnel.sandbox.manifest.FollowedFile;
import io.ztunnel.sandbox.manifest.ManifestSet;
import io.ztunnel.sandbox.manifest.ObjectsFile;
import io.ztunnel.sandbox.manifest.Problem;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Follows the completed objects, and says each problem of routes and policies once. */
public final class WaypointFeed {
    private static final Logger log = LoggerFactory.getLogger(WaypointFeed.class);

    private final WaypointArguments arguments;
    private final Consumer<WaypointState> listener;
    private List<Problem> reported = List.of();

    private WaypointFeed(WaypointArguments arguments, Consumer<WaypointState> listener) {
        this.arguments = arguments;
        this.listener = listener;
    }

    /**
     * @param listener told of each state, on the thread that follows the file
     */
    public static FollowedFile follow(
            WaypointArguments arguments, Consumer<WaypointState> listener) {
        return ObjectsFile.follow(
                arguments.objects(), new WaypointFeed(arguments, listener)::learn);
    }

    private void learn(ManifestSet set) {
        List<Problem> problems = new ArrayList<>();
        WaypointState state =
                WaypointState.of(
                        // The control plane says what is wrong with them.
                        MeshConfig.installed(MeshSettings.DEFAULT, set.objects(), _ -> {}),
                        set.objects(),
                        arguments.namespace(),
                        arguments.name(),
                        problems::add);
        problems.stream()
                .filter(problem -> !reported.contains(problem))
                .forEach(problem -> log.warn("{}", problem));
        reported = List.copyOf(problems);
        listener.accept(state);
    }
}
