# Packages for Red Hat's, SUSE's and other systems with rpm, of what linux built: read by package.sh.

rpm() {
    local machine
    for machine in "${machines[@]}"; do
        rpm_packages "$machine"
    done
}

rpm_packages() {
    local machine=$1 work root file
    work=$(mktemp -d "$cache/rpm.XXXXXX")
    root=$work/root
    stage "$cache/target/$machine-unknown-linux-gnu/release" "$root/usr" "$machine" lib64 /usr
    papers "$machine-unknown-linux-gnu" "$root/usr/share/doc/wdsocket"
    rm -rf "$root/usr/lib"
    gzip -9n "$root"/usr/share/man/man*/*
    mkdir -p "$root/usr/share/doc/wdsocket-devel"
    mv "$root"/usr/share/doc/wdsocket/{html,README.md} "$root/usr/share/doc/wdsocket-devel/"
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    spec >"$work/wdsocket.spec"
    rpmbuild -bb --quiet --target "$machine-linux" --buildroot "$work/build" \
        --define "_topdir $work/top" --define "_rpmdir $work/made" --define "staged $root" "$work/wdsocket.spec"
    for file in "$work/made/$machine"/*.rpm; do
        mv "$file" dist/
        say "dist/$(basename "$file"): $(stat -c %s "dist/$(basename "$file")") bytes"
    done
    rm -rf "$work"
}

# Everything is built already: it is only put into place. A fixed host and date keep the bytes the same.
spec() {
    cat <<END
%global debug_package %{nil}
%global __os_install_post %{nil}
%global _build_id_links none
%global _buildhost wdsocket
%global use_source_date_epoch_as_buildtime 1
%global clamp_mtime_to_source_date_epoch 1
%global _binary_payload w6.xzdio
Name: wdsocket
Version: $version
Release: 1
Summary: The sockets of WLanguage (WINDEV) for any program
License: (MIT OR Apache-2.0) AND Apache-2.0
Group: System/Libraries
%description
TCP, UDP and TLS with the names, the parameters and the formats on the wire that WINDEV programs have, for every
language that can call a C function.

%package devel
Summary: Header, static library and manual of wdsocket
Group: Development/Libraries
Requires: wdsocket%{?_isa} = $version-1
%description devel
What a program needs to be built with wdsocket.

%install
mkdir -p %{buildroot}
cp -a %{staged}/. %{buildroot}/

%post -p /sbin/ldconfig
%postun -p /sbin/ldconfig

%files
%defattr(-,root,root)
/usr/lib64/libwdsocket.so.*
/usr/share/doc/wdsocket

%files devel
%defattr(-,root,root)
/usr/include/wdsocket.h
/usr/include/wdsocket_plain.h
/usr/lib64/libwdsocket.so
/usr/lib64/libwdsocket.a
/usr/lib64/pkgconfig/wdsocket.pc
/usr/lib64/cmake/wdsocket
/usr/share/man/man3/*
/usr/share/man/man7/wdsocket.7*
/usr/share/doc/wdsocket-devel
END
}
