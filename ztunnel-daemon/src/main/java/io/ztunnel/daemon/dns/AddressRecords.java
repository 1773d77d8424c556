package io.ztunnel.daemon.dns;

import io.ztunnel.store.IpAddress;

import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Name;
import org.xbill.DNS.Record;

import java.util.ArrayList;
import java.util.List;

/** Addresses as records, and back. */
final class AddressRecords {
    private AddressRecords() {}

    static Record of(Name owner, long ttlSeconds, IpAddress ip) {
        return ip.isV4()
                ? new ARecord(owner, DClass.IN, ttlSeconds, ip.toBytes())
                : new AAAARecord(owner, DClass.IN, ttlSeconds, ip.toBytes());
    }

    static List<Record> of(Name owner, long ttlSeconds, List<IpAddress> addresses) {
        List<Record> records = new ArrayList<>(addresses.size());
        for (IpAddress ip : addresses) {
            records.add(of(owner, ttlSeconds, ip));
        }
        return records;
    }

    /** The addresses among those records, whatever else there is. */
    static List<IpAddress> in(List<Record> records) {
        List<IpAddress> addresses = new ArrayList<>();
        for (Record record : records) {
            switch (record) {
                case ARecord a -> addresses.add(IpAddress.of(a.getAddress()));
                case AAAARecord aaaa -> addresses.add(IpAddress.of(aaaa.getAddress()));
                default -> {}
            }
        }
        return addresses;
    }
}
