package io.ztunnel.daemon;

import io.ztunnel.daemon.cli.Commands;
import io.ztunnel.daemon.config.Config;
import io.ztunnel.daemon.config.ConfigException;

import java.util.List;

/**
 * Entry point. The first argument selects what to do; without one, or with {@code proxy}, the proxy
 * runs and further arguments are only recorded, as the chart passes some.
 */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        if (args.length > 0 && !args[0].equals("proxy")) {
            System.exit(Commands.run(args));
        }
        try {
            // Not exit(): shutdown hooks of libraries have nothing left to do and could hang.
            Runtime.getRuntime().halt(Daemon.run(Config.fromProcess(List.of(args))));
        } catch (ConfigException e) {
            System.err.println("ztunnel: " + e.getMessage());
            System.exit(1);
        }
    }
}
