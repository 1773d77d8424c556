package io.ztunnel.sandbox.istiod;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

import io.netty.util.NetUtil;
import io.ztunnel.api.discovery.Resource;
import io.ztunnel.api.workload.Address;
import io.ztunnel.api.workload.NetworkAddress;
import io.ztunnel.api.workload.Service;
import io.ztunnel.api.workload.Workload;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A workload or a service as those see it who ask for it.
 *
 * @param resource with the names in it that it may be asked for by, besides its own
 */
record ServedAddress(Resource resource, Address address) {
    static ServedAddress of(Resource resource) {
        try {
            Address address = Address.parseFrom(resource.getResource().getValue());
            return new ServedAddress(
                    resource.toBuilder().clearAliases().addAllAliases(aliases(address)).build(),
                    address);
        } catch (InvalidProtocolBufferException e) {
            // What a scenario breaks on purpose can only be asked for by its name.
            return new ServedAddress(resource, Address.getDefaultInstance());
        }
    }

    private static List<String> aliases(Address address) {
        List<String> aliases = new ArrayList<>();
        Workload workload = address.getWorkload();
        for (ByteString ip : workload.getAddressesList()) {
            add(workload.getNetwork(), ip, "", aliases);
        }
        Service service = address.getService();
        for (NetworkAddress vip : service.getAddressesList()) {
            boolean block = vip.hasLength() && vip.getLength() != vip.getAddress().size() * 8;
            add(vip.getNetwork(), vip.getAddress(), block ? "/" + vip.getLength() : "", aliases);
        }
        return aliases;
    }

    private static void add(String network, ByteString ip, String block, List<String> aliases) {
        try {
            InetAddress address = InetAddress.getByAddress(ip.toByteArray());
            aliases.add(network + "/" + NetUtil.toAddressString(address) + block);
        } catch (UnknownHostException e) {
            // Broken on purpose, see above.
        }
    }

    String name() {
        return resource.getName();
    }

    boolean isCalled(String name) {
        return name().equals(name) || resource.getAliasesList().contains(name);
    }

    boolean isService() {
        return address.hasService();
    }

    boolean runsOn(String node) {
        return address.hasWorkload() && address.getWorkload().getNode().equals(node);
    }

    /** Whether it is an endpoint of one of these. */
    boolean isIn(Set<String> services) {
        return address.getWorkload().getServicesMap().keySet().stream()
                .anyMatch(services::contains);
    }
}
