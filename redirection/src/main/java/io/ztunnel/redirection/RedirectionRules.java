package io.ztunnel.redirection;

import io.ztunnel.linux.NetworkNamespace;

import java.io.IOException;
import java.util.List;

/**
 * Puts the rules that capture a pod's traffic into its namespace, with nft(8) and ip(8), and takes
 * them out again. The same as istio-cni's with native nftables.
 *
 * <p>Blocks while child processes run, 10 s each at most; not for event loops.
 */
public final class RedirectionRules {
    private static final List<String> NFT = List.of("nft", "-f", "-");
    private static final String TABLE = "100";

    /** What ip says when there is nothing to do. */
    private static final List<String> THERE = List.of("File exists");

    private static final List<String> GONE =
            List.of(
                    "No such file or directory",
                    "No such process",
                    "FIB table does not exist",
                    "Address family not supported");

    private RedirectionRules() {}

    /** The nftables part, as given to {@code nft -f -}. */
    public static String render(RedirectionOptions options) {
        return RedirectionRuleset.replacing(options);
    }

    /**
     * Makes the rules be as the options say, whatever was there before. Applying them again changes
     * nothing but the counters. Connections the pod has open are reset by its next packet.
     *
     * @throws IOException with what nft or ip said; nftables are unchanged or complete then
     */
    public static void apply(NetworkNamespace pod, RedirectionOptions options) throws IOException {
        var command = new NamespaceCommand(pod);
        command.runUnless(THERE, rule("-4", "add"));
        command.run("", route("-4", "replace"));
        if (options.ipv6()) {
            command.runUnless(THERE, rule("-6", "add"));
            if (LoopbackIpv6.isEnabled(pod)) {
                command.run("", route("-6", "replace"));
            }
        }
        command.run(render(options), NFT);
    }

    /**
     * Removes everything {@link #apply} may have made; no error when nothing is there.
     *
     * @throws IOException with what nft or ip said
     */
    public static void remove(NetworkNamespace pod) throws IOException {
        var command = new NamespaceCommand(pod);
        command.run(RedirectionRuleset.removing(), NFT);
        for (String family : List.of("-4", "-6")) {
            command.runUnless(GONE, rule(family, "del"));
            command.runUnless(GONE, route(family, "del"));
        }
    }

    /** What is marked as an answer to ztunnel is looked up in our table... */
    private static List<String> rule(String family, String verb) {
        return List.of(
                "ip",
                family,
                "rule",
                verb,
                "fwmark",
                "0x111/0xfff",
                "lookup",
                TABLE,
                "pref",
                "32764");
    }

    /** ...where every address is local. */
    private static List<String> route(String family, String verb) {
        return List.of(
                "ip", family, "route", verb, "local", "default", "dev", "lo", "table", TABLE);
    }
}
