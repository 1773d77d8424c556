package io.ztunnel.daemon.proxy;

import io.ztunnel.daemon.config.Config;
import io.ztunnel.store.IpAddress;
import io.ztunnel.store.MeshView;
import io.ztunnel.store.NetworkAddress;
import io.ztunnel.store.Service;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Locale;

/** The mesh's own names, as an application of a namespace may shorten them. */
final class ServiceNames {
    private ServiceNames() {}

    /**
     * @param namespace of who asks: it sees what is visible there, and its own services first
     * @param like an address whose family is preferred
     * @return a virtual address of the service of that name; null for other names, and for a
     *     service without addresses on this network
     */
    static @Nullable IpAddress address(
            MeshView view, Config.Mesh mesh, String namespace, String name, IpAddress like) {
        String full = name.toLowerCase(Locale.ROOT);
        String asked = full.endsWith(".") ? full.substring(0, full.length() - 1) : full;
        String domain = mesh.clusterDomain();
        for (String hostname :
                List.of(
                        asked,
                        asked + "." + namespace + ".svc." + domain,
                        asked + ".svc." + domain,
                        asked + "." + domain)) {
            Service service = view.serviceByHostname(hostname, namespace);
            if (service != null) {
                return address(service, mesh.network(), like);
            }
        }
        return null;
    }

    private static @Nullable IpAddress address(Service service, String network, IpAddress like) {
        IpAddress other = null;
        for (NetworkAddress vip : service.vips()) {
            if (vip.network().equals(network)) {
                if (vip.ip().isV4() == like.isV4()) {
                    return vip.ip();
                }
                other = vip.ip();
            }
        }
        return other;
    }
}
