package io.ztunnel.lb;

import io.ztunnel.store.IpAddress;
import io.ztunnel.store.Service.IpFamilies;
import io.ztunnel.store.Workload;

import org.jspecify.annotations.Nullable;

/** Which of its addresses a workload is dialled on. */
public final class DestinationIp {
    private DestinationIp() {}

    /**
     * @param target what the client dialled: taken as it is when the workload owns it, else its
     *     family is preferred
     * @param allowed the families that the service offers; they never restrict an address that was
     *     dialled itself
     * @return null when no address is left; a host name may then be resolved instead
     */
    public static @Nullable IpAddress choose(
            Workload workload, IpAddress target, IpFamilies allowed) {
        if (workload.hasAddress(target)) {
            return target;
        }
        IpAddress first = null;
        for (IpAddress ip : workload.addresses()) {
            if (!accepts(allowed, ip)) {
                continue;
            }
            if (ip.isV4() == target.isV4()) {
                return ip;
            }
            first = first == null ? ip : first;
        }
        return first;
    }

    private static boolean accepts(IpFamilies allowed, IpAddress ip) {
        return switch (allowed) {
            case AUTOMATIC, DUAL -> true;
            case IPV4_ONLY -> ip.isV4();
            case IPV6_ONLY -> !ip.isV4();
        };
    }
}
