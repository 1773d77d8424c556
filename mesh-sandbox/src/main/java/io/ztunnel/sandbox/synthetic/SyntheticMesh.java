package io.ztunnel.sandbox.synthetic;

import com.fasterxml.jackson.jr.ob.JSON;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * How much is added to what the manifests say.
 *
 * @param workloads 0 to 500,000; see {@link SyntheticWorkloads}
 * @param services 0 to 100,000; see {@link SyntheticServices}
 * @param policies 0 to 100,000; see {@link SyntheticPolicies}
 * @param policyNamespace where the policies hold; may be empty only when there are none
 * @param updates workloads that change in each second, 0 to 10,000
 */
public record SyntheticMesh(
        int workloads, int services, int policies, String policyNamespace, int updates) {
    public static final SyntheticMesh NONE = new SyntheticMesh(0, 0, 0, "", 0);

    /** The file of the state folder that holds the settings, replaced as a whole. */
    public static final String FILE = "synthetic.json";

    static final int PER_NAMESPACE = 100;
    static final int PER_NODE = 100;

    private static final int MAX_WORKLOADS = 500_000;
    private static final int MAX_SERVICES = 100_000;
    private static final int MAX_POLICIES = 100_000;
    private static final int MAX_UPDATES = 10_000;
    private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

    /**
     * @throws IllegalArgumentException naming the option whose value is out of range
     */
    public SyntheticMesh {
        check("--workloads", workloads, MAX_WORKLOADS);
        check("--services", services, MAX_SERVICES);
        check("--policies", policies, MAX_POLICIES);
        check("--updates", updates, MAX_UPDATES);
        if (!policyNamespace.isEmpty() && !NAMESPACE.matcher(policyNamespace).matches()) {
            throw new IllegalArgumentException(
                    "--policy-namespace '" + policyNamespace + "' is no name of a namespace");
        }
        if (policies > 0 && policyNamespace.isEmpty()) {
            throw new IllegalArgumentException(
                    "--policies needs --policy-namespace, the namespace where they hold");
        }
        if (updates > 0 && workloads == 0) {
            throw new IllegalArgumentException(
                    "--updates needs --workloads: they are what changes");
        }
    }

    private static void check(String option, int value, int max) {
        if (value < 0 || value > max) {
            throw new IllegalArgumentException(option + " " + value + " is not within 0.." + max);
        }
    }

    int namespaces() {
        int most = Math.max(workloads, services);
        return Math.max(1, (most + PER_NAMESPACE - 1) / PER_NAMESPACE);
    }

    int nodes() {
        return Math.max(1, (workloads + PER_NODE - 1) / PER_NODE);
    }

    static String namespace(int number) {
        return "synthetic-" + number;
    }

    public String toJson() throws IOException {
        return JSON.std.asString(toMap());
    }

    /** As requests to the supervisor carry it. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("workloads", workloads);
        map.put("services", services);
        map.put("policies", policies);
        map.put("policyNamespace", policyNamespace);
        map.put("updates", updates);
        return map;
    }

    /**
     * @throws IOException when the text is no JSON object
     * @throws IllegalArgumentException when a value is out of range
     */
    public static SyntheticMesh ofJson(String text) throws IOException {
        return ofMap(JSON.std.mapFrom(text));
    }

    /** What is left out is zero. */
    public static SyntheticMesh ofMap(Map<?, ?> map) {
        Object namespace = map.get("policyNamespace");
        return new SyntheticMesh(
                number(map, "workloads"),
                number(map, "services"),
                number(map, "policies"),
                namespace == null ? "" : namespace.toString(),
                number(map, "updates"));
    }

    private static int number(Map<?, ?> map, String name) {
        Object value = map.get(name);
        if (value == null) {
            return 0;
        }
        if (value instanceof Integer number) {
            return number;
        }
        throw new IllegalArgumentException("--" + name + " '" + value + "' is no whole number");
    }
}
