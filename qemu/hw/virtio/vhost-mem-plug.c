// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * vhost-mem in QEMU 7.2, where each machine has a fixed list of the device types
 * that it plugs as memory devices. Instead of changing every machine, wrap the
 * hotplug functions of the running one: the wrappers handle our type, and pass
 * everything else on.
 */

#include "qemu/osdep.h"
#include "vhost-mem.h"

#ifndef VHOST_MEM_HAVE_MD_PCI

#include "hw/hotplug.h"
#include "hw/mem/memory-device.h"
#include "qapi/error.h"

/* The machine's own functions. A QEMU process has one machine. */
static HotplugHandler *(*machine_get_hotplug_handler)(MachineState *machine,
                                                      DeviceState *dev);
static hotplug_fn machine_pre_plug;
static hotplug_fn machine_plug;
static hotplug_fn machine_unplug_request;

static bool vhost_mem_is_ours(DeviceState *dev)
{
    return object_dynamic_cast(OBJECT(dev), TYPE_VHOST_MEM_PCI);
}

static HotplugHandler *vhost_mem_get_hotplug_handler(MachineState *machine,
                                                     DeviceState *dev)
{
    if (vhost_mem_is_ours(dev)) {
        return HOTPLUG_HANDLER(machine);
    }
    return machine_get_hotplug_handler ?
           machine_get_hotplug_handler(machine, dev) : NULL;
}

/* First the memory, then the PCI bus, which is harder to undo. */
static void vhost_mem_pre_plug(HotplugHandler *handler, DeviceState *dev,
                               Error **errp)
{
    HotplugHandler *bus_handler;
    Error *err = NULL;

    if (!vhost_mem_is_ours(dev)) {
        if (machine_pre_plug) {
            machine_pre_plug(handler, dev, errp);
        }
        return;
    }
    bus_handler = qdev_get_bus_hotplug_handler(dev);
    if (!bus_handler && dev->hotplugged) {
        error_setg(errp, "vhost-mem cannot be hot-plugged into this bus");
        return;
    }
    memory_device_pre_plug(MEMORY_DEVICE(dev), MACHINE(handler), NULL, &err);
    if (!err && bus_handler) {
        hotplug_handler_pre_plug(bus_handler, dev, &err);
    }
    error_propagate(errp, err);
}

static void vhost_mem_plug(HotplugHandler *handler, DeviceState *dev,
                           Error **errp)
{
    HotplugHandler *bus_handler;
    Error *err = NULL;

    if (!vhost_mem_is_ours(dev)) {
        if (machine_plug) {
            machine_plug(handler, dev, errp);
        }
        return;
    }
    memory_device_plug(MEMORY_DEVICE(dev), MACHINE(handler));
    bus_handler = qdev_get_bus_hotplug_handler(dev);
    if (bus_handler) {
        hotplug_handler_plug(bus_handler, dev, &err);
    }
    if (err) {
        memory_device_unplug(MEMORY_DEVICE(dev), MACHINE(handler));
        error_propagate(errp, err);
    }
}

static void vhost_mem_unplug_request(HotplugHandler *handler, DeviceState *dev,
                                     Error **errp)
{
    if (vhost_mem_is_ours(dev)) {
        error_setg(errp, "vhost-mem device '%s' cannot be unplugged with this"
                   " version of QEMU: set its requested-size to 0 instead",
                   dev->id ? dev->id : "(no id)");
    } else if (machine_unplug_request) {
        machine_unplug_request(handler, dev, errp);
    } else {
        error_setg(errp, "the machine cannot unplug this device");
    }
}

void vhost_mem_plug_wrap_machine(void)
{
    static bool done;
    HotplugHandlerClass *handler;
    MachineClass *machine;

    /* Without a machine somebody only lists the device's properties. */
    if (done || !current_machine ||
        !object_dynamic_cast(OBJECT(current_machine), TYPE_HOTPLUG_HANDLER)) {
        return;
    }
    done = true;

    machine = MACHINE_GET_CLASS(current_machine);
    machine_get_hotplug_handler = machine->get_hotplug_handler;
    machine->get_hotplug_handler = vhost_mem_get_hotplug_handler;

    /* Each class has its own copy of the interfaces that it implements. */
    handler = HOTPLUG_HANDLER_GET_CLASS(current_machine);
    machine_pre_plug = handler->pre_plug;
    machine_plug = handler->plug;
    machine_unplug_request = handler->unplug_request;
    handler->pre_plug = vhost_mem_pre_plug;
    handler->plug = vhost_mem_plug;
    handler->unplug_request = vhost_mem_unplug_request;
}

#endif /* !VHOST_MEM_HAVE_MD_PCI */
