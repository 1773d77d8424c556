package io.ztunnel.redirection;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What differs between the rules of two pods.
 *
 * @param ipv6 also capture IPv6; without it IPv6 traffic bypasses the mesh
 * @param dnsCapture send DNS queries to ztunnel
 * @param ingressMode do not capture what comes in as plaintext (a gateway that must see its
 *     clients)
 * @param virtualInterfaces interfaces whose incoming traffic is the pod's outbound traffic, such as
 *     those of a virtual machine in the pod
 * @param probeSource4 what the node rewrites the source of kubelet probes to
 * @param probeSource6 the same for IPv6
 */
public record RedirectionOptions(
        boolean ipv6,
        boolean dnsCapture,
        boolean ingressMode,
        List<String> virtualInterfaces,
        Inet4Address probeSource4,
        Inet6Address probeSource6) {
    private static final Logger LOG = LoggerFactory.getLogger(RedirectionOptions.class);

    private static final String BYPASS_INBOUND = "ambient.istio.io/bypass-inbound-capture";
    private static final String DNS_CAPTURE = "ambient.istio.io/dns-capture";
    private static final String VIRTUAL_INTERFACES = "istio.io/reroute-virtual-interfaces";

    /** IFNAMSIZ is 16 with the final NUL; no character that means something to nft. */
    private static final Pattern INTERFACE = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9_.@-]{0,14}");

    private static final int MAX_INTERFACES = 64;

    /**
     * @throws IllegalArgumentException when an interface has a name that none can have, or there
     *     are more than 64
     */
    public RedirectionOptions {
        virtualInterfaces = List.copyOf(virtualInterfaces);
        if (virtualInterfaces.size() > MAX_INTERFACES) {
            throw new IllegalArgumentException(
                    "up to %d virtual interfaces, not %d"
                            .formatted(MAX_INTERFACES, virtualInterfaces.size()));
        }
        for (String name : virtualInterfaces) {
            if (!INTERFACE.matcher(name).matches()) {
                throw new IllegalArgumentException("not a name of an interface: '" + name + "'");
            }
        }
    }

    /** IPv6 and DNS captured, istio-cni's addresses for probes. */
    public static RedirectionOptions defaults() {
        return new RedirectionOptions(
                true,
                true,
                false,
                List.of(),
                Inet4Address.ofLiteral("169.254.7.127"),
                (Inet6Address) Inet6Address.ofLiteral("fd16:9254:7127:1337:ffff:ffff:ffff:ffff"));
    }

    public RedirectionOptions withIpv6(boolean capture) {
        return new RedirectionOptions(
                capture, dnsCapture, ingressMode, virtualInterfaces, probeSource4, probeSource6);
    }

    public RedirectionOptions withDnsCapture(boolean capture) {
        return new RedirectionOptions(
                ipv6, capture, ingressMode, virtualInterfaces, probeSource4, probeSource6);
    }

    public RedirectionOptions withIngressMode(boolean ingress) {
        return new RedirectionOptions(
                ipv6, dnsCapture, ingress, virtualInterfaces, probeSource4, probeSource6);
    }

    public RedirectionOptions withVirtualInterfaces(List<String> names) {
        return new RedirectionOptions(
                ipv6, dnsCapture, ingressMode, names, probeSource4, probeSource6);
    }

    /** These options as a pod's annotations alter them. A value that means nothing is ignored. */
    public RedirectionOptions withAnnotations(Map<String, String> annotations) {
        RedirectionOptions result = this;
        Optional<Boolean> bypass = bool(annotations, BYPASS_INBOUND);
        if (bypass.isPresent()) {
            result = result.withIngressMode(bypass.get());
        }
        Optional<Boolean> dns = bool(annotations, DNS_CAPTURE);
        if (dns.isPresent()) {
            result = result.withDnsCapture(dns.get());
        }
        String interfaces = annotations.get(VIRTUAL_INTERFACES);
        if (interfaces != null) {
            result = result.withVirtualInterfaces(interfaceNames(interfaces));
        }
        return result;
    }

    /** The words that Go's strconv.ParseBool knows, as istio-cni does. */
    private static Optional<Boolean> bool(Map<String, String> annotations, String key) {
        String value = annotations.get(key);
        return switch (value) {
            case null -> Optional.empty();
            case "1", "t", "T", "TRUE", "true", "True" -> Optional.of(true);
            case "0", "f", "F", "FALSE", "false", "False" -> Optional.of(false);
            default -> {
                LOG.warn("annotation {}: '{}' is neither true nor false, ignored", key, value);
                yield Optional.empty();
            }
        };
    }

    private static List<String> interfaceNames(String value) {
        List<String> names = new ArrayList<>();
        for (String part : value.split(",", MAX_INTERFACES + 1)) {
            String name = part.strip();
            if (name.isEmpty()) {
                continue;
            }
            if (INTERFACE.matcher(name).matches() && names.size() < MAX_INTERFACES) {
                names.add(name);
            } else {
                LOG.warn("annotation {}: '{}' is ignored", VIRTUAL_INTERFACES, name);
            }
        }
        return names;
    }
}
